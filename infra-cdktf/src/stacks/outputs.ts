import { TerraformOutput, type TerraformStack } from 'cdktf';

/** What the deployment reads from a stack once it stands. No secret: nobody has to be kept from them. */
export function publishOutputs(
  stack: TerraformStack,
  outputs: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(outputs)) {
    new TerraformOutput(stack, name, { value }).overrideLogicalId(name);
  }
}
