/** Meaning of the exit codes of the command line. A stable contract. */
export const exitCodes = { done: 0, failed: 1, usage: 2, isolation: 3, network: 4, interrupted: 130 } as const
