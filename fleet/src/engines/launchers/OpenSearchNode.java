import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.index.reindex.ReindexPlugin;
import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.index.mapper.MapperExtrasPlugin;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.painless.PainlessPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One node of OpenSearch with the modules that the platform needs, from jars on the class path. The
 * distribution's own start script is in no package registry, and refuses to run as root.
 *
 * Arguments: HOME HTTP_PORT TRANSPORT_PORT.
 */
public final class OpenSearchNode extends Node {
  private static final List<Class<? extends Plugin>> MODULES =
      List.of(
          Netty4Plugin.class,
          CommonAnalysisPlugin.class,
          MapperExtrasPlugin.class,
          PainlessPlugin.class,
          ReindexPlugin.class);

  private OpenSearchNode(Environment environment) {
    super(environment, MODULES, false);
  }

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Settings settings =
        Settings.builder()
            .put("path.home", home)
            .put("path.data", home.resolve("data"))
            .put("path.logs", home.resolve("logs"))
            .put("cluster.name", "commerce")
            .put("node.name", "commerce-1")
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", arguments[1])
            .put("transport.port", arguments[2])
            // A full disk of this machine is no reason to refuse writes of a test.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            // An index is made by the platform, with its mapping, or not at all.
            .put("action.auto_create_index", false)
            .build();
    OpenSearchNode node =
        new OpenSearchNode(
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "commerce-1"));
    node.start();
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    node.close();
                  } catch (Exception error) {
                    error.printStackTrace();
                  }
                  ended.countDown();
                }));
    ended.await();
  }
}
