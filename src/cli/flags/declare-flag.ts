import { Option } from 'commander'

/**
 * An option; commander's reading of `--no-x` as "not x" is undone, since `--no-cache` and
 * `--no-cache-filter` are names of their own.
 */
export function flag(spelling: string, description?: string): Option {
  const option = new Option(spelling, description)
  option.negate = false
  return option
}

/** An option that may be given several times. */
export function list(spelling: string, description?: string): Option {
  return flag(spelling, description)
    .argParser((value: string, before: readonly string[] | undefined) => [...(before ?? []), value])
    .default([])
}
