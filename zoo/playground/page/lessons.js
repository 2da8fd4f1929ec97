// Prepared pages: what to look at, in steps, each with a run that is set up by one button. Their runs are recipes.

export const LESSONS = [
  {
    id: "xor",
    title: "One perceptron against XOR",
    hide: ["own", "save", "recipe"],
    text: "XOR is true where its two inputs differ. One unit divides the plane by one straight line.",
    steps: [
      { say: "Train one perceptron. Count how many of the four points it gets right, however long it trains. Can any straight line part the two colours?", run: { name: "perceptron", data: { name: "xor" } }, button: "One perceptron" },
      { say: "Now a net with a hidden layer of eight units. Look at the small pictures in the graph: each hidden unit still divides the plane by one line; the output puts these lines together.", run: { name: "xor" }, button: "With a hidden layer" },
      { say: "With two hidden units it is just possible, and it depends on the first weights: change the seed and restart a few times.", run: { name: "xor", options: { hidden: [2] }, training: { seed: 3 } }, button: "Two hidden units" },
    ],
    answer: "Why a hidden layer is needed: no single line has (0,1) and (1,0) on one side and (0,0) and (1,1) on the other. Hidden units give two lines, and the output unit takes what lies between them.",
  },
  {
    id: "depth",
    title: "Sigmoid against ReLU in depth",
    hide: ["own", "save", "recipe"],
    text: "Six hidden layers, the same data, the same rate. Only the activation differs.",
    steps: [
      { say: "Train the net of sigmoids, and open the view of the gradients: each line is the size of one layer's gradient, on a logarithmic axis. The first layers' lie orders of magnitude below the last one's.", run: { name: "deep-sigmoid" }, button: "Six layers of sigmoids" },
      { say: "The same with rectifiers: the lines lie together, and the accuracy rises within an epoch.", run: { name: "deep-relu" }, button: "Six layers of ReLU" },
    ],
    answer: "Why the deep sigmoid net stands still: on its way down the gradient is multiplied in every layer by the sigmoid's slope, which is 1/4 at most. After six layers nearly nothing is left, so the first layers hardly change.",
  },
  {
    id: "rate",
    title: "A learning rate that is too high",
    hide: ["own", "save", "recipe"],
    text: "Each step goes down the gradient, as far as the learning rate says.",
    steps: [
      { say: "A good rate: the loss falls, and the border between the moons settles.", run: { name: "moons", training: { optimizer: "sgd", learning_rate: 0.1 } }, button: "Rate 0.1" },
      { say: "Far too high: each step overshoots. Watch the border jump and the loss rise.", run: { name: "moons", training: { optimizer: "sgd", learning_rate: 20 } }, button: "Rate 20" },
      { say: "Change the learning rate while it trains, with the knob: a new phase begins, and the command below still repeats the run.", run: { name: "moons", training: { optimizer: "sgd", learning_rate: 2 } }, button: "Rate 2" },
    ],
    answer: "A step longer than the valley is wide lands higher on the other side.",
  },
  {
    id: "overfitting",
    title: "Overfitting, and what helps",
    hide: ["own", "save", "recipe"],
    text: "Few noisy points and a large net: it can learn every single point by heart. A fifth of the points are held out for testing (rings), and half of the others are not trained on either: they give the validation curve.",
    steps: [
      { say: "Train to the end. The training loss goes to nothing; choose the loss and look at its validation curve: it turns up again. The border winds around single points.", run: { name: "mlp", data: { name: "moons", samples: 120, noise: 0.35, test: 0.2 }, options: { hidden: [128, 128] }, training: { epochs: 400, batch_size: 16, learning_rate: 0.003, validation: 0.5 } }, button: "Large net, few points" },
      { say: "Dropout leaves half of the hidden units out in each step, so that none can rely on another: the border becomes smoother.", run: { name: "mlp", data: { name: "moons", samples: 120, noise: 0.35, test: 0.2 }, options: { hidden: [128, 128], dropout: 0.5 }, training: { epochs: 400, batch_size: 16, learning_rate: 0.003, validation: 0.5 } }, button: "With dropout" },
      { say: "More data help most.", run: { name: "mlp", data: { name: "moons", samples: 2000, noise: 0.35, test: 0.2 }, options: { hidden: [128, 128] }, training: { epochs: 40, batch_size: 16, learning_rate: 0.003, validation: 0.5 } }, button: "2,000 points" },
    ],
    answer: "The net fits the noise of its training points, which other points do not share.",
  },
  {
    id: "colours",
    title: "A map of colours",
    hide: ["own", "save", "recipe"],
    text: "A self-organizing map has units on a grid. For each sample the nearest unit and its neighbours on the grid move towards it.",
    steps: [
      { say: "Train, and watch the lattice unfold over the data while the neighbourhood shrinks. Similar colours come to lie side by side, though nobody said which are similar.", run: { name: "som-colours" }, button: "A map of colours" },
      { say: "With a neighbourhood that never shrinks the map stays crumpled in the middle.", run: { name: "som-colours", training: { last_radius: 5 } }, button: "Wide to the end" },
    ],
    answer: "The neighbourhood makes units that are neighbours on the grid alike: that is what makes a map of it.",
  },
  {
    id: "vigilance",
    title: "Boxes and vigilance",
    hide: ["own", "save", "recipe"],
    text: "Fuzzy ART covers the data with boxes. A sample may widen the box it falls to, as far as the vigilance allows; else it founds a new one.",
    steps: [
      { say: "Low vigilance: few, large boxes.", run: { name: "moons-fuzzy-art", options: { vigilance: 0.6 } }, button: "Vigilance 0.6" },
      { say: "High vigilance: many small ones. Count the categories.", run: { name: "moons-fuzzy-art", options: { vigilance: 0.92 } }, button: "Vigilance 0.92" },
      { say: "Move the knob yourself. How many boxes are there at 0.99?", run: { name: "moons-fuzzy-art" }, button: "Vigilance 0.85" },
    ],
    answer: "A higher vigilance asks for a closer match, so boxes must stay smaller and there are more of them.",
  },
  {
    id: "chains",
    title: "Contrastive divergence against persistent chains",
    hide: ["own", "save", "recipe"],
    text: "A Boltzmann machine learns by telling the data from what it samples by itself. CD starts each chain at the data; persistent chains go on where they were.",
    steps: [
      { say: "CD with one step: reconstructions become good soon. But look at the free energies: the machine's own samples lie elsewhere than the data.", run: { name: "bars-cd1" }, button: "CD-1" },
      { say: "Persistent chains wander away from the data and find what the machine wrongly believes in: samples become bars and stripes.", run: { name: "bars" }, button: "Persistent chains" },
    ],
    answer: "CD-1 lowers the energy of data against what lies one step from them, and never looks farther; a persistent chain does.",
  },
  {
    id: "gates",
    title: "A gate that remembers",
    hide: ["own", "save", "recipe"],
    text: "In the embedded Reber grammar the last but one symbol (T or P) is the second symbol again, with up to dozens of others in between.",
    steps: [
      { say: "Train an LSTM and open the view of its activity. After a while some units of the state keep one colour from the second symbol to the end: their forget gates stay open (light).", run: { name: "lstm-reber" }, button: "LSTM" },
      { say: "Elman's network has no gates: its state is written anew in every step.", run: { name: "elman-reber" }, button: "Elman" },
    ],
    answer: "A forget gate near 1 and an input gate near 0 leave a cell as it is, for as long as they stay so.",
  },
];
