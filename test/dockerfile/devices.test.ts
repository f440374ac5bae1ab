import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

const specification = JSON.stringify({
  cdiVersion: '0.6.0',
  kind: 'vendor.com/zero',
  containerEdits: { env: ['KIND=zero'] },
  devices: [
    {
      name: 'one',
      containerEdits: {
        env: ['A=device'],
        deviceNodes: [{ path: '/dev/accelerators/one', hostPath: '/dev/zero' }],
        mounts: [{ hostPath: '/etc/passwd', containerPath: '/opt/passwd', options: ['ro'] }],
        additionalGids: [44],
      },
    },
    {
      name: 'free',
      annotations: { 'org.mobyproject.buildkit.device.autoallow': true },
      containerEdits: { env: ['FREE=1'] },
    },
    { name: 'hooked', containerEdits: { hooks: [{ hookName: 'createContainer', path: '/bin/true' }] } },
  ],
})

describe.skipIf(obstacle !== undefined)(titled('devices of RUN', obstacle), () => {
  const devices = async (directory: string): Promise<readonly string[]> => {
    await writeTree(directory, { 'cdi/zero.json': specification })
    return ['--cdi-config-dir', join(directory, 'cdi')]
  }

  test('are files, mounts, variables and groups, and leave nothing', async ({ build, directory }) => {
    const image = await build(
      'FROM base\nENV A=env\nRUN --device=vendor.com/zero=one head -c 5 /dev/accelerators/one | wc -c > /out; ' +
        'echo "$A $KIND" >> /out; test -s /opt/passwd && (touch /opt/passwd || echo read-only >> /out); id -G >> /out\n',
      { args: [...(await devices(directory)), '--allow', 'device'] },
    )
    expect(image.text('/out')).toBe('5\ndevice zero\nread-only\n0 44\n')
    expect(image.lines(-1)).toEqual(['f 644 0:0 out'])
  })

  test.skipIf(withoutRoot() !== undefined)(
    titled('belong to the user of the process', withoutRoot()),
    async ({ build, directory }) => {
      const image = await build(
        'FROM base\nUSER app\nRUN --device=vendor.com/zero=one stat -c "%u:%g" /dev/accelerators/one > /tmp/out\n',
        {
          args: [...(await devices(directory)), '--allow', 'device=vendor.com/zero=one'],
        },
      )
      expect(image.text('/tmp/out')).toBe('1000:1001\n')
    },
  )

  test('need consent, the caller’s or that of the machine’s owner', async ({ build, failBuild, directory }) => {
    const args = await devices(directory)
    expect((await failBuild('FROM base\nRUN --device=vendor.com/zero=one true\n', { args })).stderr).toContain(
      'device vendor.com/zero=one is requested by the build but not allowed',
    )
    const image = await build('FROM base\nRUN --device=vendor.com/zero=free echo $FREE > /out\n', { args })
    expect(image.text('/out')).toBe('1\n')
    const alias = await build('FROM base\nRUN --device=accelerator echo $A > /out\n', {
      args: [...args, '--allow', 'device=vendor.com/zero=one,alias=accelerator'],
    })
    expect(alias.text('/out')).toBe('device\n')
  })

  test('are given to every RUN by --device, without a request', async ({ build, directory }) => {
    const args = [...(await devices(directory)), '--device', '/dev/zero:/dev/one', '--device', 'vendor.com/zero=one']
    const image = await build('FROM base\nRUN echo "$A" $(head -c 5 /dev/one | wc -c) > /out\n', { args })
    expect(image.text('/out')).toBe('device 5\n')
  })

  test('that are not there are an error only when they are required', async ({ build, failBuild, directory }) => {
    const args = [...(await devices(directory)), '--allow', 'device']
    const image = await build('FROM base\nRUN --device=vendor.com/zero=gone echo went on > /out\n', { args })
    expect(image.text('/out')).toBe('went on\n')
    expect(image.log).toContain('optional device "vendor.com/zero=gone" is not registered')
    const { stderr } = await failBuild('FROM base\nRUN --device=vendor.com/zero=gone,required true\n', { args })
    expect(stderr).toContain('required device "vendor.com/zero=gone" is not registered')
    expect(stderr).toContain('registered are vendor.com/zero=free, vendor.com/zero=hooked, vendor.com/zero=one')
  })

  test('with hooks, and those on the rung chroot, are refused', async ({ failBuild, directory }) => {
    const args = [...(await devices(directory)), '--allow', 'device']
    expect((await failBuild('FROM base\nRUN --device=vendor.com/zero=hooked true\n', { args })).stderr).toContain(
      'device vendor.com/zero=hooked needs hooks, which tsbuild does not support',
    )
    if (withoutRoot() !== undefined) return
    const { code, stderr } = await failBuild('FROM base\nRUN --device=vendor.com/zero=one true\n', {
      args: [...args, '--isolation', 'chroot'],
    })
    expect([code, stderr]).toEqual([3, expect.stringMatching(/[Cc]annot .* on the rung chroot/)])
  })
})
