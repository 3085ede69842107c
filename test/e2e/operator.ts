export {
  installOperator,
  type InstalledOperator,
  type InstallOptions,
  operatorName,
  operatorNamespace,
} from '../../testbed/real/operator.ts';
