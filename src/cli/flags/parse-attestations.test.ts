import { expect, test } from 'vitest'
import type { AttestationRequest } from '../../options.ts'
import { parseAttestations } from './parse-attestations.ts'

test.for<[Partial<Parameters<typeof parseAttestations>[0]>, readonly AttestationRequest[]]>([
  [{}, []],
  [{ provenance: 'true' }, [{ type: 'provenance' }]],
  [{ provenance: 'false', sbom: '0' }, []],
  [{ provenance: '' }, []],
  [{ provenance: 'mode=full,version=v0.2' }, [{ type: 'provenance', mode: 'max', version: 'v0.2' }]],
  [{ sbom: 'true' }, [{ type: 'sbom', parameters: {} }]],
  [{ sbom: 'generator=r.example/scan:1,Select=all' }, [{ type: 'sbom', generator: 'r.example/scan:1', parameters: { Select: 'all' } }]],
  [{ attest: ['type=sbom,"k=a,b"'] }, [{ type: 'sbom', parameters: { k: 'a,b' } }]],
  [{ attest: [' TYPE =provenance,mode=min', 'type=provenance,mode=max'] }, [{ type: 'provenance', mode: 'max' }]],
  [{ attest: ['type=provenance,mode=max', 'type=provenance,disabled=true'] }, []],
  [{ attest: ['type=provenance,disabled=true'], provenance: 'mode=min' }, [{ type: 'provenance', mode: 'min' }]],
  [
    { provenance: 'builder-id=https://ci.example/7,filename=p.json,reproducible=true,inline-only=1,complete-materials=false' },
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
  expect(() => parseAttestations({ attest: [] }, { BUILDKIT_ATTEST_VEX: '' })).toThrow('cannot take type "vex"')
})

test.for<[Partial<Parameters<typeof parseAttestations>[0]>, string]>([
  [{ attest: ['mode=max'] }, 'Option --attest has no type in "mode=max": allowed are provenance, sbom'],
  [{ attest: ['type=vex'] }, 'Option --attest cannot take type "vex": allowed are provenance, sbom'],
  [{ attest: ['type=sbom,x'] }, 'Option --attest cannot take "x" in "type=sbom,x": expected key=value'],
  [{ provenance: 'max' }, 'Option --attest cannot take "max" in "type=provenance,max": expected key=value'],
  [{ provenance: 'mode=most' }, 'Key mode of --attest type=provenance cannot take "most": allowed are min, max'],
  [{ provenance: 'version=v2' }, 'Key version of --attest type=provenance cannot take "v2": allowed are v1, v0.2'],
  [{ provenance: 'reproducible=maybe' }, 'Key reproducible of --attest type=provenance cannot take "maybe": expected true or false'],
  [
    { provenance: 'capture-usage=true' },
    'Option --attest type=provenance does not know the key "capture-usage" in "type=provenance,capture-usage=true"',
  ],
  [{ sbom: 'generator=' }, 'Key generator of --attest type=sbom cannot be empty'],
  [{ sbom: 'disabled=perhaps' }, 'Key disabled of --attest type=sbom cannot take "perhaps": expected true or false'],
])('refuses %j', ([flags, message]) => {
  expect(() => parseAttestations({ attest: [], ...flags })).toThrow(message)
})
