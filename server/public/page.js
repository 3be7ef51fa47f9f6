// The page at `/`: sends the image chosen to POST /v1/classify and shows what comes back.

const element = (id) => document.getElementById(id);
const drop = element('drop');
const photograph = element('photograph');
const overlay = element('overlay');
const result = element('result');
const status = element('status');

/** Only the answer to the latest image chosen is shown. */
let latest = new AbortController();

function say(text, kind = '') {
  status.textContent = text;
  status.className = kind;
}

async function classify(image) {
  latest.abort();
  latest = new AbortController();
  const { signal } = latest;
  say(`Classifying ${image.name ?? 'the image'} …`, 'busy');
  try {
    const response = await fetch('/v1/classify?top_k=5&attention=true', {
      method: 'POST',
      headers: { 'Content-Type': image.type.startsWith('image/') ? image.type : 'application/octet-stream' },
      body: image,
      signal,
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.detail);
    show(image, answer);
    say('');
  } catch (error) {
    if (signal.aborted) return;
    result.hidden = true;
    say(error instanceof TypeError ? 'The server cannot be reached.' : error.message, 'wrong');
  }
}

function show(image, answer) {
  showPictures(image, answer);
  element('labels').replaceChildren(...answer.predictions.map(labelRow));
  const tiles = answer.tiles === 1 ? 'in one pass' : `in ${answer.tiles} tiles`;
  const facts = [
    ['Size', `${answer.image.width} × ${answer.image.height} pixels`],
    ['Time', `${answer.timings.total.toFixed(2)} s, ${tiles}`],
    ['Model', answer.model],
  ];
  element('facts').replaceChildren(
    ...facts.flatMap(([name, value]) => [text('dt', name), text('dd', value)]),
  );
  result.classList.toggle('wide', answer.image.width > 2.2 * answer.image.height);
  result.hidden = false;
}

function showPictures(image, answer) {
  URL.revokeObjectURL(photograph.src);
  photograph.hidden = false;
  photograph.src = URL.createObjectURL(image);
  // A browser cannot show every format that the server reads (say, TIFF); the overlay holds the picture in grey.
  photograph.onerror = () => {
    photograph.hidden = true;
  };
  const drawn = answer.attention?.overlay;
  element('mix').disabled = drawn === undefined;
  overlay.src = drawn ?? photograph.src;
  const best = answer.predictions[0].label;
  overlay.alt = drawn
    ? `Where the model looked when it decided for ${best}: the bright parts weighed most`
    : '';
  mix();
}

function labelRow({ label, score }) {
  const row = document.createElement('li');
  const percent = `${(100 * score).toFixed(1)} %`;
  const meter = document.createElement('meter');
  meter.value = score;
  meter.setAttribute('aria-label', `${label}: ${percent}`);
  const scoreText = text('span', percent);
  scoreText.className = 'score';
  row.append(text('span', label), scoreText, meter);
  return row;
}

function text(tag, content) {
  const node = document.createElement(tag);
  node.textContent = content;
  return node;
}

/** Fades the photograph out over the picture of the attention. */
function mix() {
  const slider = element('mix');
  photograph.style.opacity = slider.disabled ? '1' : String(1 - slider.value / 100);
}

element('mix').addEventListener('input', mix);
element('file').addEventListener('change', ({ target }) => {
  if (target.files[0]) classify(target.files[0]);
  // Choosing the same file again should classify it again.
  target.value = '';
});
element('example').addEventListener('click', async () => {
  const response = await fetch('/example.jpg');
  const bytes = await response.blob();
  classify(new File([bytes], 'the example', { type: bytes.type }));
});

for (const type of ['dragenter', 'dragover']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
for (const type of ['dragleave', 'drop']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.remove('over');
  });
}
addEventListener('drop', ({ dataTransfer }) => {
  if (dataTransfer.files[0]) classify(dataTransfer.files[0]);
});
addEventListener('paste', ({ clipboardData }) => {
  if (clipboardData.files[0]) classify(clipboardData.files[0]);
});
