import type { FailureCase } from '../case.ts'

const twoStages = 'FROM busybox AS builder\nFROM scratch AS release\nCOPY --from=builder /bin/busybox /\n'

/** Stages and what refers to them. */
export const stageFailures: readonly FailureCase[] = [
  { name: 'unknown-target', dockerfile: twoStages, args: ['build', '--target', 'relase', '.'] },
  { name: 'unknown-target-far-off', dockerfile: twoStages, args: ['build', '--target', 'production', '.'] },
  { name: 'target-number-too-high', dockerfile: twoStages, args: ['build', '--target', '2', '.'] },
  { name: 'copy-from-later-stage', dockerfile: 'FROM scratch AS app\nCOPY --from=assets /dist /\nFROM busybox AS assets\n', args: ['build', '--target', 'app', '.'] },
  { name: 'copy-from-itself', dockerfile: 'FROM busybox AS app\nCOPY --from=app /a /b\n' },
  { name: 'copy-from-number-too-high', dockerfile: 'FROM busybox\nCOPY --from=3 /a /b\n' },
  { name: 'copy-from-mistyped-stage', dockerfile: 'FROM busybox AS builder\nFROM scratch\nCOPY --from=bulider /bin/busybox /\n' },
  { name: 'copy-from-upper-case-stage', dockerfile: 'FROM busybox AS Builder\nFROM scratch\nCOPY --from=BUILDER_X /bin/busybox /\n' },
  { name: 'copy-from-variable', dockerfile: 'ARG STAGE=a\nFROM busybox AS a\nFROM scratch\nCOPY --from=$STAGE /bin/busybox /\n' },
  { name: 'from-mistyped-stage', dockerfile: 'FROM busybox AS builder\nFROM bulider\n' },
  { name: 'mount-from-later-stage', dockerfile: 'FROM busybox AS app\nRUN --mount=from=tools,target=/t true\nFROM busybox AS tools\n', args: ['build', '--target', 'app', '.'] },
  { name: 'stage-cycle', dockerfile: 'FROM busybox AS a\nCOPY --from=b /x /x\nFROM a AS b\n' },
  { name: 'stage-name-invalid', dockerfile: 'FROM busybox AS 2nd\n' },
  { name: 'stage-name-with-a-plus', dockerfile: 'FROM busybox AS c++\n' },
  { name: 'as-mistyped', dockerfile: 'FROM busybox SA builder\n' },
  { name: 'platform-invalid', dockerfile: 'FROM --platform=linux/arm/v7/x busybox\n' },
  { name: 'platform-variable-unset', dockerfile: 'FROM --platform=$PLATFROM busybox\n' },
]
