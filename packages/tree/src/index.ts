export { type Change, type Diff } from './diff.ts'
export { type Entry, type FileContent, type Metadata, type Path } from './entry.ts'
export { type Tree } from './tree.ts'
export { type TreeView } from './view.ts'
