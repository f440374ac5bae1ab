import { spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'

/** Places of module specifiers in a declaration, in all forms that tsc writes. */
const quotedSpecifier = /(?<=\bfrom\s*|\bimport\(\s*|^import\s+)(['"])[^'"]+\1/gm

/**
 * Writes the declarations that `src/index.ts` reaches to `types` of `directory`, workspace packages
 * included, and an `index.d.ts` that opens them. Specifiers become relative paths that any
 * consumer's compiler resolves. Returns the paths written, relative to `types`.
 */
export async function writeDeclarations(root: string, directory: string): Promise<readonly string[]> {
  const emitted = `${directory}-types`
  const { status, stdout } = spawnSync('tsc', ['-p', 'tsconfig.types.json', '--outDir', emitted], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`Cannot write declarations: ${stdout}`)
  const pending = ['src/index.d.ts']
  const written = new Set<string>()
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (written.has(path)) continue
    written.add(path)
    const { text, targets } = rewrite(path, await readFile(join(emitted, path), 'utf8'))
    await writeWithParents(join(directory, 'types', path), text)
    pending.push(...targets)
  }
  await writeFile(
    join(directory, 'index.d.ts'),
    '/// <reference types="node" />\nexport * from \'./types/src/index.js\'\n',
  )
  return [...written].sort()
}

/**
 * The text with specifiers of own modules made relative and named after built files, and the
 * declarations those are.
 */
function rewrite(path: string, text: string): { readonly text: string; readonly targets: readonly string[] } {
  const targets: string[] = []
  const rewritten = text.replaceAll(quotedSpecifier, (quoted) => {
    const target = findDeclaration(path, quoted.slice(1, -1))
    if (target === undefined) return quoted
    targets.push(target)
    const way = relative(dirname(path), target).replace(/\.d\.ts$/, '.js')
    return `'${way.startsWith('.') ? way : `./${way}`}'`
  })
  return { text: rewritten, targets }
}

function findDeclaration(path: string, specifier: string): string | undefined {
  const [, name] = /^@tsbuild\/([^/]+)$/.exec(specifier) ?? []
  if (name !== undefined) return `packages/${name}/src/index.d.ts`
  return specifier.startsWith('.') ? join(dirname(path), specifier.replace(/\.[jt]s$/, '.d.ts')) : undefined
}

async function writeWithParents(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
