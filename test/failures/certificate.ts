import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'

/** Self-signed certificate for an alternative name of its subject, made in `directory`. */
export async function certificate(
  directory: string,
  subjectName = 'IP:127.0.0.1',
): Promise<{ readonly key: Buffer; readonly cert: Buffer }> {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')]
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', `subjectAltName=${subjectName}`]
  await runOrThrow('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ])
  return { key: await readFile(key), cert: await readFile(cert) }
}
