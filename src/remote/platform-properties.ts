import { hostPlatform } from '@tsbuild/oci'

/** Processors as the lexicon of REAPI names them (platform.md), by those of Go. */
const instructionSets: Readonly<Record<string, string>> = {
  amd64: 'x86-64',
  '386': 'x86-32',
  arm64: 'arm-a64',
  arm: 'arm-a32',
}

/**
 * Properties of workers for a processor. That of this machine needs none: most clusters have
 * workers of one kind, and some refuse properties that they do not know. Those of the user replace
 * them.
 */
export function platformProperties(
  architecture: string,
  given: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  if (architecture === hostPlatform().architecture) return given
  return { OSFamily: 'linux', ISA: instructionSets[architecture] ?? architecture, ...given }
}
