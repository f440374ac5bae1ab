import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

/**
 * A file of the product and what it imports of the product. Paths are relative to the root of the
 * repository.
 */
export interface SourceFile {
  readonly path: string
  /** As written: relative ones and names of workspace packages. */
  readonly specifiers: readonly string[]
  /** Lines that are neither blank nor comment. */
  readonly codeLines: number
}

const root = join(import.meta.dirname, '../..')

/**
 * Every file of `src` and `packages/*` that ships: tests, contract suites and their data are left
 * out.
 */
export function readSourceFiles(): readonly SourceFile[] {
  return globSync(['src/**/*.ts', 'packages/*/src/**/*.ts'], { cwd: root })
    .filter((path) => !/\.(test|case)\.ts$|\/(testdata|testing)\//.test(path))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, specifiers: specifiersOf(text), codeLines: countCodeLines(text) }
    })
}

/**
 * Resolves a specifier of `path` to a file of the repository; undefined for what comes from
 * outside.
 */
export function resolveSpecifier(path: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier))
  const [, name] = /^@tsbuild\/([^/]+)$/.exec(specifier) ?? []
  return name === undefined ? undefined : `packages/${name}/src/index.ts`
}

function specifiersOf(text: string): readonly string[] {
  const imports = /^\s*(?:import|export)\s[^'"`;]*?from\s*'([^']+)'|^\s*import\s*'([^']+)'|\bimport\(\s*'([^']+)'/gm
  return [...text.matchAll(imports)].map(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? '')
}

function countCodeLines(text: string): number {
  const withoutBlocks = text.replaceAll(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '')
  return withoutBlocks.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//')).length
}
