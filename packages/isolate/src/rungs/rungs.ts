import { chrootRung } from './chroot-rung.ts'
import { confinedRung } from './confined-rung.ts'
import { rootRung, usernsRung, usernsSingleRung } from './namespace-rung.ts'
import type { Rung } from './rung.ts'

/** Every rung of the ladder, strongest first. */
export const rungs: readonly Rung[] = [rootRung, usernsRung, usernsSingleRung, chrootRung, confinedRung]
