export { categoryOfCode, type ErrorCategory, type ErrorCode, errorCodes, isErrorCode } from './codes.ts'
export { classify } from './foreign.ts'
export type { Position, Range, SourceText } from './place.ts'
export { codeOf, type ErrorDetails, type ErrorFacts, TsbuildError } from './tsbuild-error.ts'
