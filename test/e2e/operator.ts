export { installOperator, operatorName, operatorNamespace } from '../../testbed/real/operator.ts';
