import { createReadStream } from 'node:fs'
import { readAll } from '@tsbuild/content'
import { CloudError } from './cloud-error.ts'

/** Largest file with credentials, in bytes. */
const maxSize = 1024 * 1024

/** Text of a file with credentials. Rejects with `CLOUD_CREDENTIALS`. */
export async function readCredentialFile(path: string): Promise<string> {
  try {
    return Buffer.from(await readAll(createReadStream(path), maxSize)).toString('utf8')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CloudError('CLOUD_CREDENTIALS', `cannot read credentials: ${reason}`, { cause: error })
  }
}
