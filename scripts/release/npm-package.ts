import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

export interface NpmPackageOptions {
  readonly work: string
  /** Gets the package. */
  readonly directory: string
  /** Address of the repository. */
  readonly repository: string | undefined
}

/**
 * Packs the npm package from `dist` of the checkout. With the address of the repository,
 * package.json has it, and the links of the README lead there: docs are not in the package.
 */
export async function packNpm(root: string, { work, directory, repository }: NpmPackageOptions): Promise<void> {
  const staged = join(work, 'package')
  await mkdir(staged, { recursive: true })
  for (const name of ['dist', 'LICENSE', 'THIRD-PARTY-NOTICES.txt'])
    await cp(join(root, name), join(staged, name), { recursive: true })
  const manifest: Readonly<Record<string, unknown>> = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const readme = await readFile(join(root, 'README.md'), 'utf8')
  const forUsers = {
    ...manifest,
    scripts: undefined,
    devDependencies: undefined,
    ...(repository !== undefined && {
      repository: { type: 'git', url: `git+${repository}.git` },
      homepage: `${repository}#readme`,
      bugs: { url: `${repository}/issues` },
    }),
  }
  await writeFile(join(staged, 'package.json'), `${JSON.stringify(forUsers, undefined, 2)}\n`)
  const links = `${repository}/blob/v${String(manifest['version'])}/`
  await writeFile(join(staged, 'README.md'), repository === undefined ? readme : absoluteLinks(readme, links))
  run('npm', ['pack', '--silent', `--pack-destination=${directory}`], { cwd: staged })
}

/** Markdown whose relative links start with `base`; those of pictures lead to the files. */
export function absoluteLinks(markdown: string, base: string): string {
  return markdown.replace(
    /(!\[[^\]]*\]\(|\]\(|^\[[^\]]+\]: )(?![a-z]+:|#)([^\s)]+)/gm,
    (_, start: string, path: string) =>
      `${start}${start.startsWith('!') ? base.replace('/blob/', '/raw/') : base}${path}`,
  )
}
