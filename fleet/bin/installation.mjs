import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  constants,
  accessSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const OUTPUT_KEPT_BYTES = 64 * 1024;
/** Only errors: under Node 20 npm warns of every package that wants the Node it is about to install. */
const FLAGS = ['--include=dev', '--loglevel=error', '--no-audit', '--no-fund'];

/** A reason why the dependencies can't be installed, as one line with its cure. */
export class InstallationFault extends Error {}

/** What npm says, and what to do about it; the first match wins. */
const NPM_FAULTS = [
  [/ENOSPC|no space left/i, 'the disk is full: free about 1 GB and start again'],
  [
    /EACCES|EPERM|EROFS/,
    'a folder is closed to this account: give it write access and start again',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|network/i,
    'the package registry can not be reached: check the network or the proxy and start again',
  ],
  [
    /EUSAGE|can only install packages when/,
    'package.json and package-lock.json disagree: run "npm install" and start again',
  ],
  [/EINTEGRITY/, 'a package arrived damaged: run "npm cache clean --force" and start again'],
];

/**
 * Makes node_modules what the lockfile says, running npm only where it is not so yet.
 * Throws an {@link InstallationFault}.
 * @param {string} root folder of the repository
 */
export async function ensureInstalled(root) {
  const modules = path.join(root, 'node_modules');
  const stamp = path.join(modules, '.commerce-installed');
  const wanted = fingerprint(root);
  if (readIfThere(stamp)?.trim() === wanted) return;
  if (!matchesLockfile(root)) {
    requireWritable(root);
    if (existsSync(modules)) requireWritable(modules);
    // Gone first, so that an interrupted installation is never taken for a whole one.
    rmSync(stamp, { force: true });
    rmSync(path.join(modules, '.package-lock.json'), { force: true });
    process.stderr.write('Installing the dependencies; this takes a minute the first time.\n');
    await runNpm(root);
  }
  try {
    // npm makes no folder where nothing is to be installed.
    mkdirSync(modules, { recursive: true });
    writeFileSync(stamp, `${wanted}\n`);
  } catch {
    // A read-only but complete installation is fine; it is only compared again next time.
  }
}

/** The lockfile and the platform: native packages differ by it. */
function fingerprint(root) {
  const lockfile = readIfThere(path.join(root, 'package-lock.json'));
  if (lockfile === undefined) {
    throw new InstallationFault(
      `package-lock.json is missing in ${root}: restore it with "git checkout package-lock.json".`,
    );
  }
  return createHash('sha256')
    .update(`${process.platform} ${process.arch}\n`)
    .update(lockfile)
    .digest('hex');
}

/**
 * Whether somebody's own `npm ci` has done the work already: npm writes what it installed to
 * node_modules/.package-lock.json as its last step.
 */
function matchesLockfile(root) {
  const installed = readIfThere(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return false;
  try {
    const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
    const found = JSON.parse(installed).packages;
    return Object.entries(wanted).every(
      ([location, entry]) =>
        !location.startsWith('node_modules/') ||
        entry.optional === true ||
        entry.link === true ||
        found[location]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function requireWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new InstallationFault(
      `The folder ${folder} is not writable, so nothing can be installed: make it yours (chown) or clone into a folder of your own.`,
    );
  }
}

/** Runs `npm ci`, showing what it says and keeping the end of it for the fault. */
function runNpm(root) {
  // Under npm this is the very npm that started us; it need not be on the PATH.
  const own = process.env.npm_execpath;
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, 'ci', ...FLAGS], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk) => {
      process.stderr.write(chunk);
      output = (output + chunk).slice(-OUTPUT_KEPT_BYTES);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = (signal) => child.kill(signal);
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.on('error', () => {
      reject(
        new InstallationFault(
          'npm was not found: install Node together with npm from https://nodejs.org and start again.',
        ),
      );
    });
    child.on('close', (code, signal) => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      if (code === 0) {
        resolve(undefined);
        return;
      }
      const known = NPM_FAULTS.find(([phrase]) => phrase.test(output));
      const reason = known?.[1] ?? 'see what npm says above, then start again';
      reject(
        new InstallationFault(
          signal === null
            ? `npm could not install the dependencies (exit code ${code}): ${reason}.`
            : 'The installation was interrupted; start again to complete it.',
        ),
      );
    });
  });
}

function readIfThere(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
