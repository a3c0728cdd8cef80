// The entrance of every npm script: `node fleet/bin/launch.mjs TASK [ARGUMENTS]`.
// No static import and no recent syntax here, so that a Node that is much too old still gets as far
// as the message.
const major = Number(process.versions.node.split('.')[0]);

if (major < 20) {
  process.stderr.write(
    'This needs Node 20 or later, and ' +
      process.execPath +
      ' is ' +
      process.versions.node +
      '. Install a newer one from https://nodejs.org and start again.\n',
  );
  process.exitCode = 1;
} else {
  import('./launch-task.mjs').then(function launch(module) {
    return module.launchTask(process.argv.slice(2));
  });
}
