import { expect, it } from 'vitest';
import { ownPod } from '../../../controller/commands/own-pod.ts';

const env = {
  OPERATOR_NAMESPACE: 'leadplatform-system',
  OPERATOR_POD: 'operator-7d4-x',
  OPERATOR_POD_UID: '1-2',
};

it('is the Pod that its Deployment says', () => {
  expect(ownPod(env)).toEqual({ namespace: 'leadplatform-system', pod: 'operator-7d4-x', uid: '1-2' });
});

it.each(Object.keys(env))('is none without %s', (variable) => {
  expect(ownPod({ ...env, [variable]: undefined })).toBeUndefined();
  expect(ownPod({ ...env, [variable]: '' })).toBeUndefined();
});
