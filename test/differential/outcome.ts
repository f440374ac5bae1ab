/** Outcome of a build, reduced to the parts on which two builders have to agree. */
export type Outcome = ImageOutcome | IndexOutcome | FilesOutcome | FailedOutcome

export interface FailedOutcome {
  /** Message of the builder. */
  readonly error: string
}

/** Content of an output of files. */
export interface FilesOutcome {
  /** A line for each path: see `describeFiles`. */
  readonly files: readonly string[]
}

export interface ImageOutcome extends FilesOutcome {
  /** The image config without the time of the build, history and layers. */
  readonly config: Readonly<Record<string, unknown>>
  /** History entries of the build, without its time. */
  readonly history: readonly Readonly<Record<string, unknown>>[]
  /** Number of layers that the build added. */
  readonly layers: number
  /** Of the manifest and of its descriptor; left out when there are none. */
  readonly annotations?: Readonly<Record<string, unknown>>
}

/** An image for several platforms. */
export interface IndexOutcome {
  readonly platforms: Readonly<Record<string, ImageOutcome>>
  /** Of the index; left out when there are none. */
  readonly annotations?: Readonly<Record<string, unknown>>
}

/**
 * Ends the line of a directory of the base image that has nothing new but the time of the build:
 * BuildKit does that, others need not.
 */
export const redated = 'now'

const anyTime = / @-?\d+/

/** Differences, a line for each. */
export function differences(expected: Outcome, actual: Outcome): readonly string[] {
  if ('error' in expected) return 'error' in actual ? [] : [`expected an error: ${expected.error}`]
  if ('error' in actual) return [`unexpected error: ${actual.error}`]
  if ('platforms' in expected && 'platforms' in actual) return indexDifferences(expected, actual)
  if ('config' in expected && 'config' in actual) return imageDifferences(expected, actual)
  if ('files' in expected && 'files' in actual) return fileDifferences(expected, actual)
  return [`expected ${Object.keys(expected).join(', ')}, found ${Object.keys(actual).join(', ')}`]
}

function indexDifferences(expected: IndexOutcome, actual: IndexOutcome): readonly string[] {
  const names = Object.keys(expected.platforms)
  return [
    ...differentLines(names, Object.keys(actual.platforms), 'platforms'),
    ...differentLines(linesOf(expected.annotations ?? {}), linesOf(actual.annotations ?? {}), 'annotations'),
    ...names.flatMap((name) => {
      const [one, other] = [expected.platforms[name], actual.platforms[name]]
      return one && other ? imageDifferences(one, other).map((line) => `${name}: ${line}`) : []
    }),
  ]
}

function imageDifferences(expected: ImageOutcome, actual: ImageOutcome): readonly string[] {
  return [
    ...differentLines(linesOf(expected.config), linesOf(actual.config), 'config'),
    ...differentLines(
      expected.history.map((entry) => JSON.stringify(entry)),
      actual.history.map((entry) => JSON.stringify(entry)),
      'history',
    ),
    ...(expected.layers === actual.layers ? [] : [`layers: ${expected.layers} expected, ${actual.layers} found`]),
    ...differentLines(linesOf(expected.annotations ?? {}), linesOf(actual.annotations ?? {}), 'annotations'),
    ...fileDifferences(expected, actual),
  ]
}

function fileDifferences(expected: FilesOutcome, actual: FilesOutcome): readonly string[] {
  const free = new Set(
    expected.files.filter((line) => line.endsWith(` ${redated}`)).map((line) => line.slice(0, -redated.length - 1)),
  )
  const isFree = (line: string): boolean => free.has(line.replace(` ${redated}`, '').replace(anyTime, ''))
  const actualFiles = withoutFreeTimes(actual.files, expected.files)
  return differentLines(
    expected.files.filter((line) => !isFree(line)),
    actualFiles.filter((line) => !isFree(line)),
    'files',
  )
}

/**
 * `key.key: value`, so that one different value is one different line. Lists are values: their
 * order counts.
 */
function linesOf(value: unknown, path = ''): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    return [`${path}: ${JSON.stringify(value)}`]
  return Object.entries(value).flatMap(([key, item]) => linesOf(item, path === '' ? key : `${path}.${key}`))
}

function differentLines(expected: readonly string[], actual: readonly string[], what: string): readonly string[] {
  const known = new Set(expected)
  const found = new Set(actual)
  const missing = expected.filter((line) => !found.has(line)).map((line) => `${what}: - ${line}`)
  const added = actual.filter((line) => !known.has(line)).map((line) => `${what}: + ${line}`)
  if (missing.length + added.length > 0) return [...missing, ...added]
  return expected.join('\n') === actual.join('\n') ? [] : [`${what}: in another order: ${actual.join(' | ')}`]
}

/**
 * Takes the times away from the lines of paths that BuildKit gave the time of the build: whichever
 * they have is as good.
 */
function withoutFreeTimes(lines: readonly string[], expected: readonly string[]): readonly string[] {
  const free = new Set(expected.filter((line) => !anyTime.test(line)))
  return lines.map((line) => (free.has(line.replace(anyTime, '')) ? line.replace(anyTime, '') : line))
}
