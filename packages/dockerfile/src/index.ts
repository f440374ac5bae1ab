export { type Directives, type Dockerfile, type Stage, type Warning } from './dockerfile.ts'
export type * from './instruction.ts'
export { type Position, type Range } from './range.ts'
