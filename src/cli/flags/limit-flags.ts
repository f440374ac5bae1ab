import type { Command } from 'commander'
import { flag } from './declare-flag.ts'

/** Limits of RUN as commander hands them over. */
export interface LimitFlags {
  readonly cpuPeriod?: string
  readonly cpuQuota?: string
  readonly cpus?: string
  readonly cpuShares?: string
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  readonly memory?: string
  readonly memorySwap?: string
  readonly pidsLimit?: string
}

/** Declares them, in the group of the help that was begun last. */
export function addLimitFlags(command: Command): Command {
  return command
    .addOption(
      flag(
        '-m, --memory <bytes>',
        'memory that a step may use, such as 2g; a step that needs more is killed (docs/limits.md)',
      ),
    )
    .addOption(
      flag('--memory-swap <bytes>', 'memory and swap space together; -1 is unlimited (default: twice --memory)'),
    )
    .addOption(flag('--cpus <number>', 'processor time that a step may use, such as 1.5'))
    .addOption(flag('--pids-limit <number>', 'processes and threads of a step; a step that starts more is killed'))
    .addOption(flag('--cpu-shares <number>', 'share of scarce processor time, 2 to 262144 (usual: 1024)'))
    .addOption(flag('--cpu-quota <microseconds>', 'with --cpu-period, another spelling of --cpus'))
    .addOption(flag('--cpu-period <microseconds>', 'period of --cpu-quota (default: 100000)'))
    .addOption(flag('--cpuset-cpus <list>', 'processors that a step may use, such as 0-2,7'))
    .addOption(flag('--cpuset-mems <list>', 'memory nodes that a step may use'))
}
