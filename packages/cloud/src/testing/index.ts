export { isSigned } from './aws-signature.ts'
export { type Moto, motoMissing, startMoto } from './moto.ts'
export { answerRange, serve, type ServedAnswer, type ServedRequest, type TestServer } from './serve.ts'
