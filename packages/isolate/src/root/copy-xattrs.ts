import { createRequire } from 'node:module'

type CopyXattrs = (from: string, to: string) => void

let loaded: CopyXattrs | undefined

/**
 * Gives a file the extended attributes of another. Symlinks are not followed. Attributes that the
 * kernel refuses are left out, such as the labels of a security module.
 */
export function copyXattrs(from: string, to: string): void {
  loaded ??= load()
  loaded(from, to)
}

function load(): CopyXattrs {
  const koffi: typeof import('koffi') = createRequire(import.meta.url)('koffi')
  const library = koffi.load(null)
  const llistxattr = library.func('int64_t llistxattr(const char *path, _Out_ uint8_t *list, size_t size)')
  const lgetxattr = library.func(
    'int64_t lgetxattr(const char *path, const char *name, _Out_ uint8_t *value, size_t size)',
  )
  const lsetxattr = library.func(
    'int lsetxattr(const char *path, const char *name, const uint8_t *value, size_t size, int flags)',
  )
  // The kernel's own limits for a list and for a value are 64 KiB.
  const [list, value] = [Buffer.alloc(1 << 16), Buffer.alloc(1 << 16)]
  return (from, to) => {
    const length = Math.max(0, Number(llistxattr(from, list, list.length)))
    const names = list.toString('utf8', 0, length).split('\0')
    for (const name of names.filter((text) => text !== '')) {
      const size = Number(lgetxattr(from, name, value, value.length))
      if (size >= 0) lsetxattr(to, name, value, size, 0)
    }
  }
}
