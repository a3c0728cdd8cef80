import { readFileSync } from 'node:fs';
import { StartupFault } from '@commerce/service/part';
import { generate } from 'selfsigned';

/** What a server proves itself with, as PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Made at start, so that no client trusts it without being told to. */
  readonly isSelfSigned: boolean;
}

/**
 * Reads a certificate with its chain, and its key.
 * @throws StartupFault where a file is missing
 */
export function readCertificate(certificateFile: string, keyFile: string): Certificate {
  return Object.freeze({
    cert: readPem('TLS_CERTIFICATE_FILE', certificateFile),
    key: readPem('TLS_KEY_FILE', keyFile),
    isSelfSigned: false,
  });
}

function readPem(setting: string, path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN ')) return text;
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new StartupFault(`The file of ${setting} can't be read: ${path} (${reason}).`, CURE);
  }
  throw new StartupFault(`The file of ${setting} is no PEM: ${path}.`, CURE);
}

const CURE = 'Give the paths of a certificate with its chain and of its key, both as PEM.';
const DAYS = 30;
const DAY_MS = 86_400_000;

/** Makes a certificate for this machine's own names, for development: it is kept nowhere. */
export async function makeSelfSigned(): Promise<Certificate> {
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + DAYS * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return Object.freeze({ key: made.private, cert: made.cert, isSelfSigned: true });
}

/** Settings of the listener by TLS. */
interface TlsSettings {
  readonly TLS_PORT?: number;
  readonly TLS_CERTIFICATE_FILE?: string;
  readonly TLS_KEY_FILE?: string;
}

/**
 * What the listener by TLS is started with; undefined where none is wanted.
 * @throws StartupFault where half of a certificate is given, or none in production
 */
export async function readTls(
  settings: TlsSettings,
  environment: string | undefined,
): Promise<{ readonly port: number; readonly certificate: Certificate } | undefined> {
  const { TLS_PORT: port, TLS_CERTIFICATE_FILE: cert, TLS_KEY_FILE: key } = settings;
  if (port === undefined) return undefined;
  if (cert !== undefined && key !== undefined) {
    return { port, certificate: readCertificate(cert, key) };
  }
  if (cert !== undefined || key !== undefined || environment === 'production') {
    throw new StartupFault(
      'TLS_PORT needs TLS_CERTIFICATE_FILE and TLS_KEY_FILE, both or, for development, neither.',
      CURE,
    );
  }
  return { port, certificate: await makeSelfSigned() };
}
