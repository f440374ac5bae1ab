import { expect, test } from 'vitest'
import type { AttestationRequest } from '../../option-values.ts'
import { parseAttestations } from './parse-attestations.ts'

test.for<[Partial<Parameters<typeof parseAttestations>[0]>, readonly AttestationRequest[]]>([
  [{}, []],
  [{ provenance: 'true' }, [{ type: 'provenance' }]],
  [{ provenance: 'false', sbom: '0' }, []],
  [{ provenance: '' }, []],
  [{ provenance: 'mode=full,version=v0.2' }, [{ type: 'provenance', mode: 'max', version: 'v0.2' }]],
  [{ sbom: 'true' }, [{ type: 'sbom', parameters: {} }]],
  [
    { sbom: 'generator=r.example/scan:1,Select=all' },
    [{ type: 'sbom', generator: 'r.example/scan:1', parameters: { Select: 'all' } }],
  ],
  [{ attest: ['type=sbom,"k=a,b"'] }, [{ type: 'sbom', parameters: { k: 'a,b' } }]],
  [{ attest: [' TYPE =provenance,mode=min', 'type=provenance,mode=max'] }, [{ type: 'provenance', mode: 'max' }]],
  [{ attest: ['type=provenance,mode=max', 'type=provenance,disabled=true'] }, []],
  [{ attest: ['type=provenance,disabled=true'], provenance: 'mode=min' }, [{ type: 'provenance', mode: 'min' }]],
  [
    {
      provenance:
        'builder-id=https://ci.example/7,filename=p.json,reproducible=true,inline-only=1,complete-materials=false',
    },
    [
      {
        type: 'provenance',
        builderId: 'https://ci.example/7',
        filename: 'p.json',
        reproducible: true,
        inlineOnly: true,
        completeMaterials: false,
      },
    ],
  ],
])('%j', ([flags, expected]) => {
  expect(parseAttestations({ attest: [], ...flags })).toEqual(expected)
})

test('build arguments of BuildKit ask too, and flags count more', () => {
  const args = { BUILDKIT_ATTEST_PROVENANCE: 'mode=min', BUILDKIT_ATTEST_SBOM: '', OTHER: 'x' }
  expect(parseAttestations({ attest: [] }, args)).toEqual([
    { type: 'provenance', mode: 'min' },
    { type: 'sbom', parameters: {} },
  ])
  expect(parseAttestations({ attest: [], provenance: 'false', sbom: '0' }, args)).toEqual([])
  expect(() => parseAttestations({ attest: [] }, { BUILDKIT_ATTEST_VEX: '' })).toThrow('invalid --attest type "vex"')
})

test.for<[Partial<Parameters<typeof parseAttestations>[0]>, string]>([
  [{ attest: ['mode=max'] }, 'missing type in --attest "mode=max": expected provenance or sbom'],
  [{ attest: ['type=vex'] }, 'invalid --attest type "vex": expected provenance or sbom'],
  [{ attest: ['type=sbom,x'] }, 'invalid --attest "x" in "type=sbom,x": expected key=value'],
  [{ provenance: 'max' }, 'invalid --attest "max" in "type=provenance,max": expected key=value'],
  [{ provenance: 'mode=most' }, 'invalid --attest type=provenance,mode "most": expected one of min, max'],
  [{ provenance: 'version=v2' }, 'invalid --attest type=provenance,version "v2": expected one of v1, v0.2'],
  [
    { provenance: 'reproducible=maybe' },
    'invalid --attest type=provenance,reproducible "maybe": expected true or false',
  ],
  [
    { provenance: 'capture-usage=true' },
    'unknown key "capture-usage" in --attest "type=provenance,capture-usage=true"',
  ],
  [{ sbom: 'generator=' }, '--attest type=sbom,generator cannot be empty'],
  [{ sbom: 'disabled=perhaps' }, 'invalid --attest type=sbom,disabled "perhaps": expected true or false'],
])('refuses %j', ([flags, message]) => {
  expect(() => parseAttestations({ attest: [], ...flags })).toThrow(message)
})
