// Addresses within the page, and names in ARNs.

export const linkTo = (execution) => `#/executions/of/${encodeURIComponent(execution)}`;
export const nameOf = (arn) => arn.split(":").pop();
export const executionOf = (machine, name) => `${machine.replace(":stateMachine:", ":execution:")}:${name}`;
