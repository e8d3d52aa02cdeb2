// The gateway's API as this page needs it. Every function rejects with an Error whose message can be shown.

// The page may have been opened with user and password in its address; fetch refuses addresses that carry them.
function address(path) {
  const url = new URL(`../${path}`, location.href);
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(address(path), { cache: 'no-store', ...options });
  } catch {
    throw new Error('The gateway does not answer.');
  }
  if (!response.ok) {
    const text = (await response.text()).trim();
    throw new Error(text ? `${text} (${response.status})` : `The gateway answered ${response.status}.`);
  }
  return response;
}

const json = (method, body) => ({
  method,
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});

const query = (namespace) => `namespace=${encodeURIComponent(namespace)}`;

export const namespaces = async () => (await ask('system/namespaces')).json();

export const functions = async (namespace) => (await ask(`system/functions?${query(namespace)}`)).json();

export const describe = async (name, namespace) =>
  (await ask(`system/function/${encodeURIComponent(name)}?usage=1&${query(namespace)}`)).json();

export const deploy = (deployment) => ask('system/functions', json('POST', deployment));

export const remove = (functionName, namespace) =>
  ask('system/functions', json('DELETE', { functionName, namespace }));

// The newest asynchronous calls of a namespace; null from a gateway that has none.
export async function calls(namespace, state) {
  const filter = state ? `&state=${encodeURIComponent(state)}` : '';
  const response = await fetch(address(`system/calls?limit=50&${query(namespace)}${filter}`), { cache: 'no-store' })
    .catch(() => { throw new Error('The gateway does not answer.'); });
  if (response.status === 404) {
    return null;
  }
  if (!response.ok) {
    throw new Error(`${(await response.text()).trim()} (${response.status})`);
  }
  return (await response.json()).calls;
}

export const cancelCall = (id, namespace) =>
  ask(`system/calls?id=${encodeURIComponent(id)}&${query(namespace)}`, { method: 'DELETE' });

export const redriveCall = (id, namespace) =>
  ask(`system/calls/redrive?id=${encodeURIComponent(id)}&${query(namespace)}`, { method: 'POST' });

// Calls a function and hands its answer over whatever the status is: an error of a function is an answer too.
export const call = (name, namespace, path, options) =>
  fetch(address(`function/${encodeURIComponent(`${name}.${namespace}`)}${path}`), { cache: 'no-store', ...options });
