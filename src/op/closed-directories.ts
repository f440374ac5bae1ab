import type { Diff, Path, TreeView } from '@tsbuild/tree'

/** Directories of a diff that only root can enter: they lack all execute permissions. */
export function closedDirectories(diff: Diff, target: TreeView): readonly Path[] {
  return [...diff].flatMap(([path, change]) => {
    if (change.type !== 'set' || change.entry.type !== 'directory' || (change.entry.mode & 0o111) !== 0) return []
    const before = target.get(path)
    return before?.type === 'directory' && before.mode === change.entry.mode ? [] : [path]
  })
}

/** Warning about them. Undefined without any. BuildKit makes them silently. */
export function closedWarning(chmod: string, directories: readonly Path[]): string | undefined {
  const [first, ...rest] = directories
  if (first === undefined) return undefined
  const others = rest.length === 0 ? '' : ` and ${rest.length} more`
  return `only root can enter the directory "/${first}"${others}: --chmod=${chmod} applies to directories too; "u=rwX,go=rX" lets all users in`
}
