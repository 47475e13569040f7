"""What functions look like: pairs, losses, models and plain functions of numpy, each made a gate."""

import functools
import inspect

import numpy as np
from chainrule_copies import numbers

# Operands of these names need no gradient, nor do masks; class labels or indices are in those of these names, where their values allow it.
_WITHOUT_GRADIENT = {"running_mean", "running_var"}
_LABEL_NAMES = {"y", "label", "labels", "target", "targets", "idx", "index", "indices"}
_DTYPES = {"float": float, "integer": np.int64, "boolean": bool}


def gate_of(name, what):
    """The gate of what is served under a name.

    Raises TypeError for what is no gate, in words for who served it.
    """
    if isinstance(what, (tuple, list)) and len(what) == 2 and all(map(callable, what)):
        return _Pair(name, *what)
    if isinstance(getattr(what, "params", None), dict) and callable(getattr(what, "loss", None)):
        return _Model(name, what)
    if callable(what):
        return _Function(name, what)
    given = f"{type(what).__name__} of {len(what)}" if isinstance(what, (tuple, list)) else type(what).__name__
    raise TypeError(
        f"{name} is no gate but of type {given}; serve a pair of functions (forward, backward), a function that returns "
        "(loss, gradients), or a model with params and loss"
    )


class _Gate:
    """What the shapes of function have in common."""

    def __init__(self, name, function):
        self.name = name
        self.function = function
        self.summary = (inspect.getdoc(function) or "").split("\n")[0]
        self.operands, self.options, self.dictionary = [], [], None
        # Of which operands many copies are known to run at once, or not to.
        self.runs_at_once, self.runs_one_by_one = set(), set()
        # Whether options of any name are taken.
        self.takes_any = False
        for parameter in _parameters(name, function):
            if parameter.kind is parameter.VAR_KEYWORD:
                self.takes_any = True
            elif parameter.name.endswith("_param") or parameter.name == "config":
                self.dictionary = parameter.name
            elif parameter.default is not parameter.empty or parameter.kind is parameter.KEYWORD_ONLY:
                self.options.append(parameter.name)
            elif parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self.operands.append(parameter.name)

    def description(self):
        described = {"name": self.name, "operands": self.operands, "summary": self.summary}
        if self.dictionary is None and not self.takes_any:
            described["options"] = self.options
        return described

    def bound(self, options):
        """The function with each option where it belongs."""
        named = {name: value for name, value in options.items() if name in self.options}
        if self.dictionary is None:
            named = options if self.takes_any else named
            return functools.partial(self.function, **named) if named else self.function
        rest = {name: value for name, value in options.items() if name not in self.options}
        # A dictionary of its own for each call, as functions write into it.
        return lambda *operands: self.function(*operands, **named, **{self.dictionary: dict(rest)})

    def output_function(self, options):
        """A function of the operands that gives the output alone."""
        function = self.bound(options)

        def output(*operands):
            result = function(*operands)
            return result[0] if isinstance(result, tuple) else result

        return output

    def open(self, operands, options):
        """The shape of the output, which operands have a gradient, and what each must be."""
        types, (output, memory) = self.typed_forward(operands, options)
        upstream = np.ones(np.shape(output))
        try:
            gradients = self.backward(upstream.copy(), memory)
        except Exception:
            # It fails when it is asked again, and is then told.
            differentiable = [kind == "float" for kind in types]
        else:
            real = ["float" if gradient is not None else kind for gradient, kind in zip(gradients, types)]
            if real != types:
                # What has a gradient is no label, whatever its name, if the function takes it as a real number.
                try:
                    gradients = self.backward(upstream, self.forward(_typed(operands, real), options)[1])
                    types = real
                except Exception:
                    pass
            differentiable = [
                kind == "float" and (gradient is not None or self.needs_gradient(name))
                for gradient, kind, name in zip(gradients, types, self.operands)
            ]
        return {"shape": list(np.shape(output)), "differentiable": differentiable, "types": types}

    def needs_gradient(self, name):
        """Whether it is a slip where the function gives no gradient for an operand of real numbers."""
        return False

    def typed_forward(self, operands, options):
        """What the operands must be, of the likely the first that the function takes, and a forward pass with them."""
        refusal = None
        for types in self.likely_types(operands):
            try:
                return types, self.forward(_typed(operands, types), options)
            except Exception as error:
                # What is wrong with the numbers is no matter of their type.
                if refusal is None and not isinstance(error, (IndexError, TypeError)):
                    raise
                refusal = refusal or error
        raise refusal from None

    def likely_types(self, operands):
        """The likeliest first: as the names say, then with one operand that may not be real, then with all that can be whole."""
        whole = [np.array_equal(operand, np.floor(operand)) for operand in operands]
        binary = [operand.size > 0 and operand.ndim > 0 and np.isin(operand, (0, 1)).all() for operand in operands]
        names = [name.lower() for name in self.operands]
        labels = [is_whole and name in _LABEL_NAMES for is_whole, name in zip(whole, names)]
        masks = [is_binary and _is_mask(name) for is_binary, name in zip(binary, names)]
        no = [False] * len(operands)

        def types(integers, booleans):
            return ["boolean" if b else "integer" if i else "float" for i, b in zip(integers, booleans)]

        def one_more(some, allowed):
            for position, is_allowed in enumerate(allowed):
                if is_allowed and not labels[position]:
                    yield [*some[:position], True, *some[position + 1 :]]

        yield types(labels, masks)
        if any(masks):
            yield types(labels, no)
        for booleans in one_more(masks, binary):
            yield types(labels, booleans)
        for integers in one_more(labels, whole):
            yield types(integers, masks)
        yield types(whole, [is_binary and not is_label for is_binary, is_label in zip(binary, labels)])
        yield types(whole, no)

    def real(self, operands):
        """The shapes of the operands of real numbers, by their positions: the others have no gradient."""
        return {i: np.shape(operand) for i, operand in enumerate(operands) if np.asarray(operand).dtype.kind == "f"}

    def gradients(self, gradients, real):
        """What a function gives as gradients, for each operand: by name, for those of real numbers if there are as many, or for the first."""
        if isinstance(gradients, dict):
            gradients = [_named(gradients, name) for name in self.operands]
        elif len(gradients) == len(real):
            gradients = dict(zip(real, gradients))
            gradients = [gradients.get(i) for i in range(len(self.operands))]
        if len(gradients) > len(self.operands):
            raise TypeError(f"{self.name} returned {len(gradients)} gradients for its {len(self.operands)} operands")
        missing = [None] * (len(self.operands) - len(gradients))
        return [None if g is None else numbers(g, self.name) for g in gradients] + missing


class _Pair(_Gate):
    """`out, cache = forward(...)` and `gradients = backward(dout, cache)`."""

    def __init__(self, name, forward, backward):
        super().__init__(name, forward)
        self.backward_function = backward

    def output_function(self, options):
        function = self.bound(options)

        def output(*operands):
            result = function(*operands)
            return result[0] if len(result) == 2 else np.stack(result[:-1])

        return output

    def forward(self, operands, options):
        """The output, and what the backward pass needs."""
        result = self.bound(options)(*operands)
        if not isinstance(result, tuple) or len(result) < 2:
            raise TypeError(f"{self.function.__name__} must return (out, cache)")
        outputs, cache = result[:-1], result[-1]
        output = numbers(outputs[0] if len(outputs) == 1 else np.stack(outputs), self.name)
        return output, (len(outputs), cache, self.real(operands))

    def backward(self, upstream, memory):
        count, cache, real = memory
        upstreams = [upstream] if count == 1 else list(upstream)
        gradients = self.backward_function(*upstreams, cache)
        if _is_one(gradients, real):
            gradients = (gradients,)
        return self.gradients(gradients, real)

    def needs_gradient(self, name):
        return name.lower() not in _WITHOUT_GRADIENT and not _is_mask(name)


class _Function(_Gate):
    """`loss, gradients = function(...)`, or an output alone."""

    def forward(self, operands, options):
        result = self.bound(options)(*operands)
        if isinstance(result, tuple):
            return numbers(result[0], self.name), (result[1:], self.real(operands))
        return numbers(result, self.name), None

    def backward(self, upstream, memory):
        if memory is None:
            raise TypeError(f"{self.name} returns no gradient; serve it as a pair with a backward function")
        gradients, real = memory
        gradients = gradients[0] if len(gradients) == 1 and isinstance(gradients[0], dict) else gradients
        return [g if g is None else np.asarray(g * upstream) for g in self.gradients(gradients, real)]


class _Model(_Function):
    """An object whose `loss` reads its `params`."""

    def __init__(self, name, model):
        super().__init__(name, model.loss)
        # Without labels a model of the course gives scores instead of a loss.
        self.inputs = self.operands + [option for option in self.options if option == "y"]
        self.options = [option for option in self.options if option != "y"]
        self.operands = self.inputs + list(model.params)
        self.model = model

    def needs_gradient(self, name):
        return name in self.model.params

    def bound(self, options):
        loss, count = super().bound(options), len(self.inputs)

        def call(*operands):
            self.model.params.update(zip(self.operands[count:], operands[count:]))
            return loss(*operands[:count])

        return call


def _typed(operands, types):
    return [operand.astype(_DTYPES[kind]) for operand, kind in zip(operands, types)]


def _parameters(name, function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        raise TypeError(f"the parameters of {name} cannot be told; serve a function of your own that calls it") from None
    if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
        raise TypeError(f"{name} takes any number of operands; serve a function that names each")
    return parameters


def _is_one(gradients, real):
    """Whether a backward pass gave one gradient, which may be nested lists, and not one for each operand."""
    if isinstance(gradients, list) and len(real) == 1:
        (shape,) = real.values()
        are_parts = shape[:1] == (len(gradients),) and all(g is not None and np.shape(g) == shape[1:] for g in gradients)
        return are_parts or any(isinstance(g, list) for g in gradients)
    return not isinstance(gradients, (tuple, list, dict))


def _is_mask(name):
    name = name.lower()
    return name in ("mask", "masks") or name.endswith("_mask")


def _named(gradients, name):
    return next((gradients[key] for key in (name, "d" + name) if key in gradients), None)
