import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../layer/testing/store.ts'
import { checkDestination } from './check-destination.ts'

const archive = (dest: string) => ({ kind: 'oci', dest, tar: true, names: [] }) as const
const layout = (dest: string) => ({ kind: 'oci', dest, tar: false, names: [] }) as const
const files = (dest: string) => ({ kind: 'local', dest, mode: 'copy' }) as const

test('files go over files, directories into directories, and anything where nothing is', async ({ directory }) => {
  const [file, folder] = [join(directory, 'file'), join(directory, 'folder')]
  await writeFile(file, '')
  await mkdir(folder)
  for (const output of [
    archive(file),
    layout(folder),
    files(folder),
    { kind: 'tar', dest: '-' } as const,
    { kind: 'cacheonly' } as const,
  ])
    await checkDestination(output)
  for (const output of [archive, layout, files]) await checkDestination(output(join(directory, 'nothing')))
  const refused = { code: 'OUTPUT_CONFLICT' }
  await expect(checkDestination(archive(folder))).rejects.toMatchObject({
    ...refused,
    message: `destination file ${folder} is a directory`,
  })
  await expect(checkDestination({ kind: 'tar', dest: folder })).rejects.toMatchObject(refused)
  await expect(checkDestination(layout(file))).rejects.toMatchObject({
    ...refused,
    message: `destination directory ${file} is a file`,
  })
  await expect(checkDestination(files(file))).rejects.toMatchObject(refused)
})
