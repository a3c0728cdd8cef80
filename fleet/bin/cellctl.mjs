#!/usr/bin/env node
// `npx cellctl …`: the operators' command line, under the Node that the platform brings along.
const major = Number(process.versions.node.split('.')[0]);

if (major < 20) {
  process.stderr.write(
    'cellctl needs Node 20 or later, and ' +
      process.execPath +
      ' is ' +
      process.versions.node +
      '. Install a newer one from https://nodejs.org and start again.\n',
  );
  process.exitCode = 1;
} else {
  // The task runs in the folder of the platform; files that are named on the command line are here.
  process.env.INIT_CWD ??= process.cwd();
  import('./launch-task.mjs').then(function launch(module) {
    return module.launchTask(['cellctl', ...process.argv.slice(2)]);
  });
}
