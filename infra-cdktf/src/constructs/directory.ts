import {
  TerraformProvider,
  TerraformResource,
  type TerraformStack,
  TerraformVariable,
} from 'cdktf';
import type { Environment } from '../fleet/environments.ts';
import {
  DIRECTORY_AUDIENCE,
  DIRECTORY_REGION,
  directoryRole,
  ISSUERS_VARIABLE,
} from '../settings/directory-access.ts';

/** Tables of the directory, by the names that its adapter gives them. */
export const DIRECTORY_TABLES = Object.freeze(['placements', 'cells', 'claims', 'plans']);
const TABLE_PREFIX = 'commerce-';

type Value = string | number | boolean | readonly Value[] | Block;
interface Block {
  readonly [key: string]: Value;
}

/**
 * The directory: four tables of DynamoDB in the other cloud, which pods reach by a token of their own cluster,
 * without a key (ADR 0031). The bindings of that provider weigh more than all else here together, so its
 * resources are written without them. A role for each unit: a cell that is given up is shut out alone.
 */
export function createDirectory(stack: TerraformStack, environment: Environment): void {
  new AwsProvider(stack, 'aws', 'aws', { region: DIRECTORY_REGION });
  for (const name of DIRECTORY_TABLES) createTable(stack, name);
  const variable = new TerraformVariable(stack, ISSUERS_VARIABLE, {
    type: 'map(string)',
    default: {},
    description: "Issuers of the pods' tokens by the names of their units' stacks",
  });
  variable.overrideLogicalId(ISSUERS_VARIABLE);
  const forEach = `\${var.${ISSUERS_VARIABLE}}`;
  new AwsResource(stack, 'trust', 'aws_iam_openid_connect_provider', {
    url: '${each.value}',
    client_id_list: [DIRECTORY_AUDIENCE],
  }).addOverride('for_each', forEach);
  new AwsResource(stack, 'directory-role', 'aws_iam_role', {
    name: directoryRole(environment.short, '${each.key}'),
    max_session_duration: 3600,
    assume_role_policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: '${aws_iam_openid_connect_provider.trust[each.key].arn}' },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: {
            // Without `https://`; a function that takes quotes can't stand inside a JSON text.
            StringEquals: { '${substr(each.value, 8, -1)}:aud': DIRECTORY_AUDIENCE },
          },
        },
      ],
    }),
  }).addOverride('for_each', forEach);
  new AwsResource(stack, 'directory-rights', 'aws_iam_role_policy', {
    name: 'directory',
    role: '${aws_iam_role.directory-role[each.key].name}',
    policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          // What the adapter calls, on these tables: none is made, removed or exported by a deployable.
          Action: [
            'dynamodb:GetItem',
            'dynamodb:PutItem',
            'dynamodb:UpdateItem',
            'dynamodb:DeleteItem',
            'dynamodb:Query',
            'dynamodb:Scan',
            'dynamodb:DescribeTable',
          ],
          Resource: DIRECTORY_TABLES.map((name) => `\${aws_dynamodb_table.directory-${name}.arn}`),
        },
      ],
    }),
  }).addOverride('for_each', forEach);
}

function createTable(stack: TerraformStack, name: string): void {
  new AwsResource(stack, `directory-${name}`, 'aws_dynamodb_table', {
    name: `${TABLE_PREFIX}${name}`,
    billing_mode: 'PAY_PER_REQUEST',
    hash_key: 'id',
    attribute: [{ name: 'id', type: 'S' }],
    deletion_protection_enabled: true,
    point_in_time_recovery: [{ enabled: true }],
    server_side_encryption: [{ enabled: true }],
  }).addOverride('lifecycle', [{ prevent_destroy: true }]);
}

class AwsProvider extends TerraformProvider {
  readonly #settings: Block;
  constructor(stack: TerraformStack, id: string, source: string, settings: Block) {
    super(stack, id, {
      terraformResourceType: source,
      terraformProviderSource: 'aws',
      terraformGeneratorMetadata: { providerName: 'aws', providerVersion: '6.0.0' },
    });
    this.#settings = settings;
  }
  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.#settings };
  }
}

class AwsResource extends TerraformResource {
  readonly #settings: Block;
  constructor(stack: TerraformStack, id: string, type: string, settings: Block) {
    super(stack, id, {
      terraformResourceType: type,
      terraformGeneratorMetadata: { providerName: 'aws', providerVersion: '6.0.0' },
    });
    this.overrideLogicalId(id);
    this.#settings = settings;
  }
  protected override synthesizeAttributes(): Record<string, unknown> {
    return { ...this.#settings };
  }
}
