// What the gateway says is shown as text only, never as markup: images, labels and answers come from strangers.
import * as api from './api.js';

const REFRESH_MILLIS = 5_000;
const MOST_SHOWN = 256 * 1024; // characters of an answer

const $ = (id) => document.getElementById(id);
let shown = null; // { name, namespace } of the function in the lower section
let calling = null; // AbortController of the running call

function element(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text ?? '';
  if (className) {
    made.className = className;
  }
  return made;
}

function say(text, isProblem = false) {
  const message = $('message');
  message.classList.toggle('problem', isProblem);
  if (message.textContent !== text) {
    message.textContent = text;
  }
}

// Runs a step a user asked for; what goes wrong is said.
async function attempt(step) {
  try {
    await step();
  } catch (problem) {
    say(problem.message, true);
  }
}

// ---- the list

async function loadNamespaces() {
  const select = $('namespace');
  const names = await api.namespaces();
  const wanted = shown?.namespace ?? select.value;
  select.replaceChildren(...names.map((name) => new Option(name, name)));
  if (names.includes(wanted)) {
    select.value = wanted;
  }
}

async function refresh() {
  const namespace = $('namespace').value;
  const list = await api.functions(namespace);
  if (namespace !== $('namespace').value) {
    return; // another namespace was chosen meanwhile
  }
  const focused = document.activeElement?.dataset?.name;
  $('rows').replaceChildren(...list.map((fn) => row(fn, namespace)));
  $('empty').hidden = list.length > 0;
  document.querySelector(`button.name[data-name="${CSS.escape(focused ?? '')}"]`)?.focus();
  if (shown) {
    await refreshDetail();
  }
  await refreshCalls(namespace);
}

function row(fn, namespace) {
  const made = document.createElement('tr');
  const open = element('button', fn.name, 'name');
  open.type = 'button';
  open.dataset.name = fn.name;
  open.addEventListener('click', () => attempt(() => show({ name: fn.name, namespace })));
  const name = document.createElement('td');
  name.append(open);
  if (shown?.name === fn.name && shown.namespace === namespace) {
    made.setAttribute('aria-current', 'true');
  }
  made.append(
    name,
    element('td', state(fn), fn.availableReplicas > 0 ? 'ready' : 'waiting'),
    element('td', fn.availableReplicas, 'number'),
    element('td', fn.replicas, 'number'),
    element('td', fn.invocationCount ?? 0, 'number'),
    element('td', fn.image),
  );
  return made;
}

function state(fn) {
  if (fn.availableReplicas > 0) {
    return 'Ready';
  }
  return fn.replicas > 0 ? 'Starting' : 'At zero';
}

// ---- asynchronous calls

async function refreshCalls(namespace) {
  const state = $('calls-state').value;
  const list = await api.calls(namespace, state);
  if (namespace !== $('namespace').value || state !== $('calls-state').value) {
    return;
  }
  const focused = document.activeElement?.dataset?.call;
  $('calls').hidden = list === null;
  $('calls-rows').replaceChildren(...(list ?? []).map((call) => callRow(call, namespace)));
  $('calls-empty').hidden = list === null || list.length > 0;
  document.querySelector(`button[data-call="${CSS.escape(focused ?? '')}"]`)?.focus();
}

function callRow(call, namespace) {
  const made = document.createElement('tr');
  const action = document.createElement('td');
  if (['queued', 'running', 'retrying'].includes(call.state)) {
    action.append(callButton('Cancel', call, () => api.cancelCall(call.id, namespace), `Cancelled ${call.callId}.`));
  } else if (call.state === 'dead') {
    action.append(callButton('Redrive', call, () => api.redriveCall(call.id, namespace), `Queued ${call.callId} again.`));
  }
  made.append(
    element('td', call.callId),
    element('td', call.function),
    element('td', call.state, call.state === 'completed' ? 'ready' : 'waiting'),
    element('td', `${call.attempt} of ${call.maxAttempts}`, 'number'),
    element('td', call.httpStatus ?? '', 'number'),
    element('td', new Date(call.submittedAt).toLocaleString()),
    element('td', call.reason),
    action,
  );
  return made;
}

function callButton(text, call, act, done) {
  const button = element('button', text);
  button.type = 'button';
  button.dataset.call = call.id;
  button.addEventListener('click', () => attempt(async () => {
    await act();
    say(done);
    await refreshCalls($('namespace').value);
  }));
  return button;
}

// ---- one function

async function show(fn) {
  shown = fn;
  history.replaceState(null, '', `#/${encodeURIComponent(fn.namespace)}/${encodeURIComponent(fn.name)}`);
  $('answer').hidden = true;
  await refresh();
  $('detail').focus();
}

function hide() {
  shown = null;
  $('detail').hidden = true;
  history.replaceState(null, '', location.pathname);
}

async function refreshDetail() {
  const { name, namespace } = shown;
  let fn;
  try {
    fn = await api.describe(name, namespace);
  } catch (problem) {
    hide();
    throw problem;
  }
  if (shown?.name !== name || shown.namespace !== namespace) {
    return;
  }
  $('detail-title').textContent = `${name}.${namespace}`;
  const facts = [
    ['Image', fn.image],
    ['Command', fn.envProcess],
    ['Replicas', `${fn.availableReplicas} of ${fn.replicas} ready`],
    ['Created', new Date(fn.createdAt).toLocaleString()],
    ['Memory', fn.usage && `${(fn.usage.totalMemoryBytes / 1_048_576).toFixed(1)} MiB`],
    ['CPU', fn.usage && `${(fn.usage.cpu ?? 0).toFixed(0)} thousandths of a core`],
    ['Secrets', fn.secrets?.join(', ')],
    ['Environment', lines(fn.envVars)],
    ['Labels', lines(fn.labels)],
    ['Annotations', lines(fn.annotations)],
  ];
  $('facts').replaceChildren(
    ...facts.filter(([, text]) => text).flatMap(([term, text]) => [element('dt', term), element('dd', text)]),
  );
  $('detail').hidden = false;
}

const lines = (map) => Object.entries(map ?? {}).map(([key, value]) => `${key}=${value}`).sort().join('\n');

// ---- calling it

async function call(fields) {
  const method = fields.method.value;
  const path = fields.path.value.trim();
  const hasBody = method !== 'GET';
  calling?.abort();
  const running = new AbortController();
  calling = running;
  $('stop').hidden = false;
  answer('Calling …', '', '');
  const start = performance.now();
  try {
    const response = await api.call(shown.name, shown.namespace, path === '' || /^[/?]/.test(path) ? path : `/${path}`, {
      method,
      headers: hasBody ? { 'Content-Type': fields.type.value } : {},
      body: hasBody ? fields.body.value : undefined,
      signal: running.signal,
    });
    const facts = () => [
      `${Math.round(performance.now() - start)} ms`,
      response.headers.get('content-type') ?? '',
      `call ${response.headers.get('x-call-id') ?? 'without id'}`,
    ].filter(Boolean).join(' · ');
    const status = `${response.status} ${response.statusText}`.trim();
    await read(response, running, (text) => answer(status, facts(), text));
  } catch (problem) {
    if (calling === running) {
      answer(running.signal.aborted ? 'Stopped' : 'No answer', running.signal.aborted ? '' : problem.message,
        $('answer-body').textContent);
    }
  } finally {
    if (calling === running) {
      calling = null;
      $('stop').hidden = true;
    }
  }
}

// Shows the body as it comes; an endless one is cut, so that it cannot fill the browser.
async function read(response, running, tell) {
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let text = '';
  tell(text);
  while (reader) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: !done });
    if (text.length > MOST_SHOWN) {
      tell(`${text.slice(0, MOST_SHOWN)}\n… cut here`);
      await reader.cancel();
      return;
    }
    tell(text);
    if (done) {
      return;
    }
  }
}

function answer(status, facts, body) {
  $('answer-status').textContent = status;
  $('answer-facts').textContent = facts;
  $('answer-body').textContent = body;
  $('answer').hidden = false;
}

// ---- deploying and removing

function pairs(text, field) {
  const made = {};
  for (const line of text.split('\n').map((l) => l.trim()).filter(Boolean)) {
    const equals = line.indexOf('=');
    if (equals < 1) {
      throw new Error(`${field}: “${line}” is not NAME=value.`);
    }
    made[line.slice(0, equals)] = line.slice(equals + 1);
  }
  return made;
}

async function deploy(fields) {
  const namespace = $('namespace').value;
  const name = fields.service.value;
  try {
    await api.deploy({
      service: name,
      namespace,
      image: fields.image.value,
      envProcess: fields.envProcess.value || undefined,
      envVars: pairs(fields.envVars.value, 'Environment'),
      labels: pairs(fields.labels.value, 'Labels'),
      annotations: pairs(fields.annotations.value, 'Annotations'),
      secrets: fields.secrets.value.split(',').map((s) => s.trim()).filter(Boolean),
    });
  } catch (problem) {
    $('deploy-problem').textContent = problem.message;
    return;
  }
  $('deploy-dialog').close();
  $('deploy').reset();
  say(`Deployed ${name}.`);
  await attempt(() => show({ name, namespace }));
}

async function remove() {
  const { name, namespace } = shown;
  $('remove-dialog').close();
  await api.remove(name, namespace);
  hide();
  say(`Removed ${name}.`);
  await refresh();
  $('functions').focus();
}

// ---- wiring

function onSubmit(id, act) {
  $(id).addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(() => act(event.target.elements));
  });
}

function readHash() {
  const parts = location.hash.match(/^#\/([^/]+)\/([^/]+)$/);
  return parts && { namespace: decodeURIComponent(parts[1]), name: decodeURIComponent(parts[2]) };
}

onSubmit('invoke', call);
onSubmit('deploy', deploy);
onSubmit('remove', remove);
$('stop').addEventListener('click', () => calling?.abort());
$('refresh').addEventListener('click', () => attempt(async () => {
  await loadNamespaces();
  await refresh();
  say('');
}));
$('namespace').addEventListener('change', () => attempt(async () => {
  hide();
  await refresh();
}));
$('calls-state').addEventListener('change', () => attempt(() => refreshCalls($('namespace').value)));
$('open-deploy').addEventListener('click', () => {
  $('deploy-problem').textContent = '';
  $('deploy-dialog').showModal();
});
$('deploy-cancel').addEventListener('click', () => $('deploy-dialog').close());
$('open-remove').addEventListener('click', () => {
  $('remove-title').textContent = `Remove ${shown.name}.${shown.namespace}?`;
  $('remove-dialog').showModal();
});
$('remove-cancel').addEventListener('click', () => $('remove-dialog').close());

setInterval(() => {
  if (!document.hidden && !document.querySelector('dialog[open]')) {
    attempt(refresh);
  }
}, REFRESH_MILLIS);

await attempt(async () => {
  shown = readHash();
  await loadNamespaces();
  await refresh();
});
