import type { Catalogue } from './catalogue.ts'
import { crates } from './crates.ts'
import { elfSections } from './elf.ts'
import { goModules } from './go-modules.ts'

const smallest = 4096
const mostModules = 8 << 20

/**
 * Packages inside of compiled programs: modules of Go, and crates of Rust where `cargo auditable`
 * built it.
 */
export const program: Catalogue = {
  claims: ({ path, entry, isLink }) =>
    isLink !== true && (entry.mode & 0o111) !== 0 && entry.content.size >= smallest && !/\.so(?:\.[\d.]+)?$/.test(path),
  async *read(file, { files }) {
    const sections = await elfSections(file, files)
    const go = sections?.get('.go.buildinfo')
    const rust = sections?.get('.dep-v0')
    if (go) yield* goModules(await files.slice(file, go.start, Math.min(go.size, mostModules)), file.path)
    if (rust) yield* crates(await files.slice(file, rust.start, Math.min(rust.size, mostModules)), file.path)
  },
}
