export { type EstargzFacts, estargzAnnotations, writeEstargz } from './write-estargz.ts'
