import { createHash, createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Reads a PEM file with an ECDSA key on P-256, the kind that cosign makes. */
export async function readSigningKey(path: string): Promise<KeyObject> {
  const key = createPrivateKey(await readFile(path))
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key
  throw new Error(`Cannot release: ${path} is not an ECDSA key on P-256`)
}

/**
 * Writes `SHA256SUMS` of all files of a directory, in the form of sha256sum(1), and
 * `SHA256SUMS.sig`: the base64 signature that `cosign verify-blob --key` and openssl check.
 */
export async function signSums(directory: string, key: KeyObject): Promise<void> {
  const names = (await readdir(directory)).sort()
  const lines = await Promise.all(names.map(async (name) => `${await sumOf(join(directory, name))}  ${name}\n`))
  const sums = Buffer.from(lines.join(''))
  await writeFile(join(directory, 'SHA256SUMS'), sums)
  await writeFile(join(directory, 'SHA256SUMS.sig'), sign('sha256', sums, key).toString('base64'))
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}
