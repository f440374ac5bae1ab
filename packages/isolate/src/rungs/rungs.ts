import { chrootRung } from './chroot-rung.ts'
import { confinedRung } from './confined-rung.ts'
import { rootRung, usernsRung, usernsSingleRung } from './namespace-rung.ts'
import type { Rung } from './rung.ts'

/**
 * Every rung of the ladder, strongest first. `chroot` comes last: it is faster than `confined`, and
 * has no /proc, no read-only mounts and one process at a time.
 */
export const rungs: readonly Rung[] = [rootRung, usernsRung, usernsSingleRung, confinedRung, chrootRung]
