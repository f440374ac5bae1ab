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
export { type Rule, rules } from './checks/rules.ts'
export { type RunChecksOptions, runChecks, selectWarnings } from './checks/run-checks.ts'
export { warning } from './checks/warning.ts'
export { codeFrame, type CodeFrameOptions } from './code-frame.ts'
export { detectSyntax } from './parse-directives.ts'
export { type Directives, type Dockerfile, type Stage, type Warning } from './dockerfile.ts'
export { parseDuration } from './parse-duration.ts'
export { DockerfileError, type DockerfileErrorCode, type DockerfileErrorDetails, withRange } from './errors.ts'
export { type ExpandOptions, expandHeredoc, expandWord, expandWords } from './expand/expand.ts'
export type { Lookup } from './expand/lexer.ts'
export { findWord } from './find-word.ts'
export { type IgnoreMatcher, type IgnoreReason } from './ignore/ignore-matcher.ts'
export { compilePatterns, parseIgnore } from './ignore/parse-ignore.ts'
export type * from './instruction.ts'
export type * from './mount/mount-spec.ts'
export { parseMount } from './mount/parse-mount.ts'
export type { DeviceRequest } from './parse-device.ts'
export { type ParseOptions, parseDockerfile } from './parse-dockerfile.ts'
export { parseInstruction } from './parse-instruction.ts'
export { type PortSpec, parsePort } from './parse-port.ts'
export { type Position, type Range } from './range.ts'
export { parseSignal } from './parse-signal.ts'
export { parseStageName } from './parse-stage-name.ts'
export { didYouMean, suggest, type Suggestion } from './suggest.ts'
