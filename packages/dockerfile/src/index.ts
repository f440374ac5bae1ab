export { type CheckOptions, checkOptions } from './checks/check-options.ts'
export { checkPortCasing } from './checks/expose-proto-casing.ts'
export { checkPortFormat } from './checks/expose-invalid-format.ts'
export { checkCommandForm } from './checks/json-args-recommended.ts'
export { checkFirstWorkdir } from './checks/workdir-relative-path.ts'
export {
  copyIgnoredFile,
  invalidBaseImagePlatform,
  invalidDefaultArgInFrom,
  mountOptionIgnored,
  undefinedArgInFrom,
  undefinedVar,
} from './checks/lowering-warnings.ts'
export { adviceRules, adviceSets, advise } from './advice/advise.ts'
export { type Rule, rules } from './checks/rules.ts'
export { type RunChecksOptions, runChecks, selectWarnings } from './checks/run-checks.ts'
export { warning } from './checks/warning.ts'
export { codeFrame, type CodeFrameOptions } from './text/code-frame.ts'
export { detectSyntax } from './syntax/parse-directives.ts'
export { type Directives, type Dockerfile, type Stage, type Warning } from './syntax/dockerfile.ts'
export { parseDuration } from './values/parse-duration.ts'
export { DockerfileError, type DockerfileErrorCode, withRange } from './text/errors.ts'
export { type ExpandOptions, expandHeredoc, expandWord, expandWords } from './expand/expand.ts'
export type { Lookup } from './expand/lexer.ts'
export { findWord } from './text/find-word.ts'
export { type IgnoreMatcher, type IgnoreReason } from './ignore/ignore-matcher.ts'
export { compilePatterns, parseIgnore } from './ignore/parse-ignore.ts'
export type * from './syntax/instruction.ts'
export type * from './mount/mount-spec.ts'
export { parseMount } from './mount/parse-mount.ts'
export type { DeviceRequest } from './values/parse-device.ts'
export { type ParseOptions, parseDockerfile } from './parse-dockerfile.ts'
export { parseInstruction } from './parse-instruction.ts'
export { type PortSpec, parsePort } from './values/parse-port.ts'
export type { Position, Range } from '@tsbuild/errors'
export { parseSignal } from './values/parse-signal.ts'
export { parseStageName } from './values/parse-stage-name.ts'
export { didYouMean, suggest, type Suggestion } from './text/suggest.ts'
export { quoteGo } from './text/quote-go.ts'
