"""Conventions: how people write layers, as data: names of methods, arguments and gradients, shapes that go together.

A row here is all it takes to teach the checker another habit. Names are compared in lower case without
underscores; a pattern is a regular expression that must match the whole name. One table, however long: habits are
looked up here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# ---------------------------------------------------------------- methods, best known first

FORWARD = [  # the last ones are wrong, yet used throughout: told, and checked all the same
    "forward", "forwardpass", "forwardspass", "forpass", "forwardpropagation", "forwardprop", "forwardpropagate", "forwardpropogation", "forwardstep", "fprop", "fwd", "feedforward", "feed",
    "updateoutput", "propagate", "fn", "call", "activate", "activation", "function", "func", "apply", "compute",
    "loss", "f", "evaluate", "calculate", "calc", "output", "predict", "value", "direct", "applyactivation",
    "out", "computeloss", "computeoutput", "calculateloss", "calculateoutput", "computeoutputs", "calculateoutputs", "getoutput", "getoutputs", "calcloss", "forwprop", "propaga", "propagar",
    "propagation", "propagacao", "propagacion", "avancar", "avanzar", "vorwaerts", "vorwärts", "vorwaertspropagation", "vorwärtspropagation", "propagationavant", "passeavant", "passageavant", "avant", "pasoadelante", "parafrente", "avanti", "propagazioneavanti", "wprzod", "naprzod", "ileribesleme", "adelante", "adelantado", "propagacionadelante", "haciaadelante", "calloss", "forwards", "forword", "foward",
    "forwad", "froward", "forwrad", "farward", "fordward", "forawrd", "run", "getloss",
    "classify", "predictproba", "infer", "inference", "clasifica", "clasificar", "classifica", "classificar", "classifie", "predecir", "predice", "prever", "predire", "inferir", "vorhersagen", "prédire", "tahminet",
    "calcular", "calcula", "calculer", "calcola", "berechne", "berechnen",
    "step", "execute", "ileri", "ileriyayilim", "前向传播", "正向传播", "前向计算", "前向", "順伝播", "순전파", "прямойпроход", "прямой", "вперед", "вперёд",
]  # fmt: skip
COSTS = (
    "loss",
    "cost",
    "getloss",
    "getcost",
    "computeloss",
    "computecost",
    "calculateloss",
    "calculatecost",
    "calcloss",
    "costfunction",
)
BACKWARD = [
    "backward", "backwardpass", "backwardspass", "backwardpropagation", "backwardprop", "backprop", "backpropagation",
    "backpropagate", "bprop", "updategradinput", "updategradinpt", "vjp", "grad", "gradient", "derivative", "prime", "gradients",
    "deriv", "df", "delta", "dfn", "backwards", "computegradient", "computederivative", "computegrad",
    "calculategradient", "calculatederivative", "calcgradient", "lossgradient", "lossderivative", "lossprime", "dloss", "calcdloss", "outputderiv", "outputderivative", "derivloss",
    "derivate", "differentiate", "diff", "differential", "dydx", "activationderivative", "activationprime",
    "propagateback", "propagatebackward", "reversepass", "gradinput", "localgrad", "localgradient", "dactivate", "activateprime",
    "activatederivative", "dfunc", "funcprime", "funcderivative", "functionprime", "functionderivative", "calcderivative",
    "inputgradient", "backwardinput", "bwd", "back", "backwardpropagate", "backpropogate", "backpropogation", "d",
    "backword", "backwords", "bakwards", "bakward", "bcakward", "bakcward", "backwrad", "bacward", "backwward", "backard", "backwarddelta", "retropropaga", "retropropagar", "retropropagate", "retropropagation", "retropagation", "retropropagacao", "retropropagacion", "haciaatras", "rueckwaerts", "rückwärts", "rueckwaertspropagation", "rückwärtspropagation", "propagationarriere", "passearriere", "passagearriere", "arriere", "propagacionatras", "propagacionhaciaatras", "pasoatras", "atras", "paratras", "indietro", "propagazioneindietro", "retropropagazione", "wstecz", "geribesleme",
    "geri", "geriyayilim", "bptt", "backpropagationthroughtime", "backpropthroughtime", "backpropgrad", "dfdx", "getgradient", "getgradients", "getgrad", "computegradients", "jacobian",
    "computegradinput", "computegradientinput", "backwardstep", "stepbackward", "反向传播", "后向传播", "反向计算", "反向", "逆伝播", "역전파", "обратныйпроход", "обратный", "назад",
    "gradiente", "derivada", "derivata", "derivee", "dérivée", "ableitung", "gradientdescent",
]  # fmt: skip
WHOLE = (  # those of them that are given an upstream gradient; the others may be a local derivative
    "backward", "backwardinput", "backwardpass", "backwardspass", "backwardpropagation", "backprop", "bprop", "vjp", "updategradinput", "backwardprop",
    "backpropagation", "backpropagate", "backwards", "bwd", "backwarddelta", "retropropaga", "retropropagar", "retropropagate", "retropropagation", "retropagation",
    "retropropagacao", "retropropagacion", "haciaatras", "rueckwaerts", "rückwärts", "rueckwaertspropagation", "rückwärtspropagation", "propagationarriere", "passearriere", "passagearriere", "arriere", "propagacionatras", "propagacionhaciaatras", "pasoatras", "atras", "paratras", "indietro", "propagazioneindietro", "retropropagazione", "wstecz", "geribesleme", "back", "backwardpropagate", "backpropogate", "backpropogation",
    "backword", "backwords", "bakwards", "bakward", "bcakward", "bakcward", "backwrad", "bacward", "backwward", "backard",
    "propagateback", "propagatebackward", "reversepass", "gradinput", "gradientdescent",
    "computegradients", "computegradinput", "computegradientinput", "backwardstep", "stepbackward", "geri", "geriyayilim", "bptt", "backpropagationthroughtime", "backpropthroughtime", "反向传播", "后向传播", "反向计算", "反向", "逆伝播", "역전파", "обратныйпроход", "обратный", "назад",
)  # fmt: skip
MISSPELT = {
    "backword": "backward",
    "bakwards": "backward",
    "backwords": "backward",
    "bcakward": "backward",
    "forawrd": "forward",
    "bakcward": "backward",
    "backwrad": "backward",
    "bacward": "backward",
    "backwward": "backward",
    "bakward": "backward",
    "backard": "backward",
    "foward": "forward",
    "forword": "forward",
    "fordward": "forward",
    "farward": "forward",
    "forwad": "forward",
    "froward": "forward",
    "forwrad": "forward",
    "__inint__": "__init__",
    "__int__": "__init__",
    "_init_": "__init__",
    "__init_": "__init__",
    "__inti__": "__init__",
    "__intit__": "__init__",
    "__ini__": "__init__",
    "__iniit__": "__init__",
    "_init__": "__init__",
    "__init___": "__init__",
    "___init__": "__init__",
    "init": "__init__",
}
BUILDERS = (  # what readies an instance that its constructor leaves bare, in this order
    "setinputshape",
    "build",
    "initialize",
    "initializeparameters",
    "initializeweights",
    "initparameters",
    "initparams",
    "initweights",
    "initialweights",
    "initparam",
    "initparameter",
    "initweightsandbiases",
    "createparameters",
    "createweights",
    "resetparameters",
    "setup",
    "init",
    "setweights",
    "warmup",
)
COLLECTING = ("add", "addlayer", "addmodule", "appendlayer", "addlayers")  # what only a container of layers has
ACCUMULATE = (
    "accgradparameters",
    "gradswrtparams",
    "gradwrtparams",
    "backwardupdategradient",
    "calcparamgrads",
    "computeparamgrads",
    "accumulategradients",
    "backwardparams",
    "backwardweights",
    "computegradients",
    "weightgrad",
    "updateweights",  # (dout, rate) beside backward(dout)
    "updateparameters",
    "updateparams",
    "derivw",
    "gradw",
    "weightgradient",
    "weightsgradient",
    "backwardw",
    "updategradparameters",
    "updategradparams",
    "computegradparameters",
    "computegradparams",
)

# ---------------------------------------------------------------- pairs of functions: name of f -> names of its gradient

PAIRS = (  # (forward's name, backward's name, local derivative?), * is the stem; in camel case too
    ("*_forward", "*_backward", False),
    ("*_forward", "*_backwards", False),
    ("forward_*", "backward_*", False),
    ("*_fwd", "*_bwd", False),
    ("*_fw", "*_bw", False),
    ("fwd_*", "bwd_*", False),
    ("*_forward", "*_grad", False),
    ("*_forward_pass", "*_backward_pass", False),
    ("*_forward_prop", "*_backward_prop", False),
    ("*_forward_propagation", "*_backward_propagation", False),
    ("*_forward_naive", "*_backward_naive", False),
    ("*_forward_fast", "*_backward_fast", False),
    ("*_forward_strides", "*_backward_strides", False),
    ("*_cell_forward", "*_cell_backward", False),
    ("*_step_forward", "*_step_backward", False),
    ("*_cached", "*_backward", False),
    ("flatten", "unflatten", False),
    *((f"*{front}", f"*{back}", False) for front in ("前向", "正向") for back in ("反向", "后向")),
    *((f"*{front}传播", f"*{back}传播", False) for front in ("前向", "正向") for back in ("反向", "后向")),
    ("*順伝播", "*逆伝播", False),
    ("*_activation", "*_backward", False),
    ("forward", "backward", False),
    ("*", "*_backward", False),
    ("*", "*_backwards", False),
    ("*", "*_backward_data", False),
    ("*", "*_backward_input", False),
    ("*", "*_bwd_data", False),
    ("*", "*_vjp", False),
    ("*", "*_bwd", False),
    *(
        ("*", form, False)
        for word in ("bp", "bprop", "backprop", "back", "pullback")
        for form in (f"*_{word}", f"{word}_*")
    ),
    *(
        (f"*_{word}", f"*_{back}", False)
        for word, back in (("fp", "bp"), ("fprop", "bprop"), ("forward", "backprop"))
    ),
    ("*", "backward_*", False),
    ("*", "*_prime", True),
    ("*", "*_grad", True),
    ("*", "*_grads", True),
    ("*", "grad_*", True),
    ("*", "d_*", True),
    ("*", "d*", True),
    ("*", "*_derivative", True),
    ("*", "*_deriv", True),
    ("*", "*2deriv", True),
    ("*", "*_to_derivative", True),
    ("*", "*_output_to_derivative", True),
    ("*", "deriv_*", True),
    ("*", "derivative_*", True),
    ("*", "delta_*", True),
    ("*", "derivative_of_*", True),
    ("*", "derivate_*", True),
    ("*", "*_gradient", True),
    ("*", "*_gradients", True),
    ("*", "gradient_*", True),
    ("*", "*_d", True),
    ("*", "*_der", True),
    ("*", "der_*", True),
    ("*", "*_diff", True),
    ("*", "*_dx", True),
    ("*", "*_dz", True),
    ("*", "*_differential", True),
    ("*", "*_local_grad", True),
    ("*", "*_local_gradient", True),
    ("*", "*_slope", True),
    ("*", "*_derivate", True),
    ("*", "*_derived", True),
    ("*", "diff_*", True),
    ("*", "prime_*", True),
    ("*", "d_*_dx", True),
    ("*", "*_p", True),
    ("*", "*_derivada", True),
    ("*", "derivada_*", True),
    ("*", "*_derivata", True),
    ("*", "derivata_*", True),
    ("*", "*_derivee", True),
    ("*", "derivee_*", True),
    ("*", "*_ableitung", True),
    ("*", "*_pochodna", True),
    ("*", "pochodna_*", True),
    ("*", "*_turunan", True),
    ("*", "turunan_*", True),
    ("*", "*_turev", True),
    ("*", "*_turevi", True),
    *(("*_forward", f"*_{slope}", True) for slope in ("gradient", "gradients", "derivative", "derivatives")),
    ("*_loss", "*_derivative", True),
    ("*_loss", "*_loss_gradients", True),
    ("*_regularization", "*_gradient", True),
    *((f"{word}_log_likelihood", slope, True) for word in ("neg", "negative") for slope in ("grad_nll", "nll_grad")),
    ("*_loss", "*_prime", True),
    ("*_loss", "*_grad", True),
    ("*_loss", "*_gradient", True),
    ("*_loss", "d_*", True),
    *(
        (word, slope, True)
        for word in ("cost", "loss")
        for slope in ("grad", "grads", "gradient", "gradients", "derivative", "prime", "delta")
    ),
    ("cost_function", "gradient", True),
    ("compute_cost", "compute_gradient", True),
    ("compute_cost", "compute_gradients", True),
    ("compute_cost", "gradient", True),
    ("cost*", "gradient*", True),
    ("cost_function*", "gradient*", True),
    ("compute_cost*", "compute_gradient*", True),
    ("regularized_cost", "regularized_gradient", True),
    *(
        (f"*_{word}", f"*_{slope}", True)
        for word in ("function", "func", "fn", "fct", "objective", "obj", "cost", "activation", "act")
        for slope in ("derivative", "deriv", "prime", "gradient", "grad")
    ),
    *(
        (f"{word}*", f"{slope}*", True)
        for word in ("function", "func", "fun", "objective")
        for slope in ("gradient", "grad")
    ),
    *(("*_f", f"*_{slope}", True) for slope in ("grad", "gradient", "df", "jac")),
    *(
        (word, slope, True)
        for word in ("f", "function", "func", "fun", "funcion", "funcao", "funzione", "fonction", "funktion")
        for slope in ("derivative", "deriv", "derivada", "derivata", "derivee", "ableitung", "gradient", "grad")
    ),
    *(
        ("*", f"*{of}{slope}", True)
        for of in ("", "_", "の", "的")
        for slope in ("微分", "導関数", "导数", "미분", "도함수")
    ),
    *(("*", form, True) for form in ("*_производная", "производная_*", "*_proizvodnaya", "proizvodnaya_*")),
    ("*", "jacobian_*", True),
    ("*", "*_jacobian", True),
    ("*", "jac_*", True),
    ("*", "*_jac", True),
)
SECOND = (  # a gradient that has its own derivative beside it
    ("grad_*", "hess_*", True),
    ("grad_*", "hessian_*", True),
    ("gradient_*", "hessian_*", True),
    ("*_grad", "*_hess", True),
    ("*_grad", "*_hessian", True),
    ("*_gradient", "*_hessian", True),
)
OF_VECTORS = r".*(jac|hess).*"  # what gives a row of slopes for every entry

SHORT = (  # losses that have a name of letters too, one of each in a file
    r"(mse|mean_?squared?_?error)(loss|cost)?",
    r"(mae|mean_?absolute_?error)(loss|cost)?",
    r"(bce|binary_?cross_?entropy)(loss|cost)?",
    r"(cce|categorical_?cross_?entropy)(loss|cost)?",
    r"(ce|cross_?entropy)(loss|cost)?",
)
COST_BESIDE = (  # a cost and its gradient, by whatever words, where a file has one of each
    r"_?(\w+_)?(reg(ularized)?_?)?(lr|logistic|linear)?_?(cost|loss|mse)(_?f(unctio)?n|_?func)?(_?reg(ularized)?)?(_matrix|_loops?|_vectori[sz]ed)?",
    r"(?!.*stoch)_?(\w+_)?(reg(ularized)?_?)?(lr|logistic|linear)?_?(grad(ient)?s?(_descent)?|(partial_)?deriv(ative)?s?)(_?f(unctio)?n|_?func)?(_?reg(ularized)?)?(_matrix|_loops?|_vectori[sz]ed)?",
)
COST_WORDS = (
    r"cost|loss|error|objective|co[sû]te?|costo|custo|p[eé]rdida|perda|perte|erreur|errore|kosten|verlust",
    r"(sub)?grad(ient)?s?|deriv(ative)?s?|gradient[eai]s?|deriv(ada|ata|ee)s?|ableitung",
)  # a cost and its gradient have each
NETWORK = r"net(work)?(?!norm)|model|mlp|perceptron|classifier|regress(or|ion)"  # what a class of layers is called
NETWORK_BESIDE = (  # a whole network's two functions, where a file has one of each
    (
        r"(model|net(work)?|nn)?(feed)?forward(prop(agation|agate)?|pass|step|propogation)?(with\w+)?",
        r"(model|net(work)?|nn)?(back|backward)s?(prop(agation|agate)?|pass|step|propogation)?(with\w+)?|train(ing)?step",
    ),
    (r"mod[eè]le?", r"gradients?"),
    (
        r"(?!retro)\w*propag(ar?|acion|acao|acio|ation|azione|acja)\w*|avan[cz]ar|adelante",
        r"retro_?propag\w*|(propagacion|propagacao|propagation)(hacia)?(atras|tras|arriere|inversa)|atras",
    ),
)
# ---------------------------------------------------------------- arguments of backward

UPSTREAM = (
    r"d?dout\d?|(g|d[a-z]|g[a-z]|grad)\d|d?out(put)?s?g(rad(ient)?s?)?|grad(ient)?s?|gy|dy|dvalues?|dz|da|dh|dl|dh?next|dcnext|dnext(h|c)|dhs|(d|up)stream(grad(ient)?)?|"
    r"grad(ient)?(out(put)?|y|z|a|next|input)?s?|accumgrad|out(put)?(error|delta)|error(de)?(salida|saida)|error|err|erro(de)?(output|saida)?|erreur(de)?(sortie)?|topdiff|delta|deltas|(delta|error)s?(next|above|ahead|upper)|(next|upper|above)(layer)?(delta|error)s?|dloss|dlossd(out(put)?|y|a)|djd.*|dld.*|ded.*|d_l_d.*|dl?d?(out|output|a|y|z|h|loss)|"
    r"(d?out(put)?|loss|upstream)deriv(ative)?s?|douts?|doutput|doutdz|g|gout|gradoutput|g_?y|dprev|dscores|gnext|dupstream|incominggrad|[yz]bar|outbar|cotangents?|ct|adjoints?|backgrad|next_?grad|loss_?grad|dvalue|dl_?dout|dj|dc|dx_?next|dact|ddout|top|residual|d[a-z]{1,2}(next|curr(ent)?)?|"
    r"(?!retain|create|clip|max|use|requires?|zero|num|check)\w*grad(ient)?s?\w*"  # whatever else says so: grads_wrt_outputs
)
OPTIMISER = r"momentum|velocit|\b[msv]\w*_hat\b|beta_?[12]?\s*\*|adam|rmsprop|/ *\(?(np\.)?sqrt\(self\.(?!d_?[a-z]*\)|\w*(dim|head|size)\w*\))\w+ *[+)]"  # steps that are not the gradient times a rate
RATE = r"lr|learningrate|eta|rate|stepsize|step|learnrate|(tasa|ritmo)(de)?aprendizaje|tasa|taxa|taxa(de)?aprendizado|taxa(de)?aprendizagem|tauxapprentissage|ogrenme(orani|hizi)|lernrate"
PENALTY = r"l[12](_?(reg(ulari[sz](er|ation))?|lambda|penali?ty|decay|weight|coef+))?|weight_?decay|(weight|bias)_?reg(ulari[sz]er)?_?(l[12])?"  # added to gradients beside forward
INITIALIZER = r"(weights?|kernel|bias(es)?|[wb]|param(eter)?s?)?init(iali[sz](er|ation))?(fn|func(tion)?|method)?"
ACTIVATIONS = r"(layer)?s?(act(ivation)?s(names?|list|func(tion)?s|types)?|act(ivation)?(names|func(tion)?s|list|types))"  # one for each layer
CURVES, ENDS = (
    ("tanh", "relu", "sigmoid"),
    ("softmax", "sigmoid", "linear", "identity"),
)  # of hidden layers, and of the last
STEPPING = r"(do|with)?(update|step|apply)s?(params|parameters|weights)?"  # whether backward is to take a step too
EPOCHS = r"(n|num|max|no|num(ber)?of)?_?(epoch|epoca|iter|iteration|iteracion|loop)e?s?"  # how often backward runs by itself
KNOBS = (  # other numbers that backward may want: its name, what is given
    (r"(.*_?)?clip.*|max_?norm", 1e9),
    (r"momentum|mu|beta[12]?|rho|decay_?rate", 0.9),
    (r"(weight_?)?decay|reg.*|lam|lambda?.*|lambd|lamb?da.*|lmb?da?|l[12](_?reg.*)?", 0.0),
    (rf"{EPOCHS}|t", 1),
    (r"(mini)?batchsize|batchlen|n(um)?(samples|examples)|m", 1),  # by which it divides what it sums
    (r"(is)?firstlayer|isfirst", False),  # before which no gradient is asked for
    (r"key|(layer)?name|prefix", "layer"),  # under which an optimizer remembers a layer
)
CUT = r"(bptt)?_?trunc(at(e|ion))?(_?(steps?|len(gth)?))?"  # after how many steps of time no gradient is handed on
WEIGHTS = (r"reg\w*|lambd?a?\w*|lmb?da\w*|l[12]\w*|(weight)?(decay|penalty)",)  # of a term that is added to a cost
HUNG = r"(?:\bself\.\w+|(?<![\w.])(?!self\b)\w+)\.(g|grad)\s*\+?=(?!=)"  # inp.g = ..., self.inp.g += ...
SHAPE_OF_INPUT = r"(x|in|inp|input|orig(inal)?|prev|a_?prev|data)?_?shape(_?in|_?x)?"  # of what forward was given
ANGLES = r"thetas?|angles?|phis?|(inv_?)?freq(uenc(y|ie)s?|s)?|rotations?"  # of what is turned by position
CACHE = r"caches?|ctx|context|memory|saved|tape|cached|state"
EACH = r"time|durations?|events?|status|censor(ed|ing)?|(sample|instance|example|observation|obs|case)s?_?(weights?|w)"  # how much each example counts
TAKEN = r"(saved_?)?(inputs?|args|arguments|operands|ins)"  # of all that forward was given, as one
RESULT = r"out|outs|output|outputs|y|result|a|res|fx|activated|s|sig|p|probs"
TARGET = (
    r"t|ts|ys|(y|t|label|target|class)_?(idx|index|ind|ids?)|datay|ydata|train(ing)?_?(set_?)?(out(put)?s?|labels?|targets?|y|answers?)|(target|label)s?(list|data|vec(tor)?|arr(ay)?)|(y|label|target|class)?(e?s)?onehots?|ytruth|target|targets|label|labels|ytrue|truths?|groundtruths?|gt|yhot|truelabels?|trueys?|((salida|saida|valor|resultado)s?_?)?(esperad[oa]|desejad[oa]|desead[oa])s?|etiquetas?|expected|desired|actual|correct|teacher|"
    r"y?(gercek|dogru|hedef|beklenen|etiket)(ler|lar|y|deger)?|y?(soll|ziel|wahr|erwartet)(e[rns]?|wert|werte)?|y?(attendu|vrai|reel|cible|[eé]tiquette)e?s?|y?(verdadeir|verdader)[oa]s?|y?(attes[oi]|ver[oi]|etichett[ae]|bersaglio)|y?(oczekiwan[ey]|prawdziw[ey]|etykiet[ay]|cel)|"
    r"(真实|目标|期望|标签)(值|标签|输出)?|(教師|正解|目標)(データ|ラベル|信号|値)?|(정답|목표|레이블|라벨|타깃)(값)?|(цель|ответы?|истина|метк[аи]|эталон)|"
    r"(correct|true|actual|target|expected|desired)(val(ue)?|out(put)?|label|y)s?|ytrues?|true|answer|ylabel|labs|yt|ground_?truth|real|expectedoutput|truey|yb|targetoutput|yreal|realy|yd|ydesired|y_?(batch|train|vec(tor)?|arr(ay)?)"
)
TARGET_WORD = r"(context|outside)(word)?s?(idx|ind(ex|ices)|id)?s?"  # of a backward that takes what is to be foretold
GRAPH = r"(norm(ali[sz]ed)?|edge)?a(dj(acen(cy|t))?)?(mat(rix)?|hat|norm(ali[sz]ed)?|tilde|bar)?|graph|neighbou?rs?|lap(lacian)?|edges?"  # who is beside whom
SETTINGS = r"(model|layer|net(work)?)?_?(config(uration)?|cfg|conf|settings|hparams|hyperparameters|args)"  # all sizes in one
ALIKE = r"a p n|(a|anchors?) (p|pos|positives?) (n|neg|negatives?)"  # rows that are held against each other, alike in shape
SCORES = r"zs?|logits?|scores?|net|weightedinputs?"  # what a sigmoid turns into a cost's activations
BEFORE = r"z.*|(weighted|linear)(input|sum|output)?s?|pre_?act(ivation)?s?"  # what an activation is still to come of
SCORES_BELOW = r"(prev|lower|below)z|z(prev(ious)?|lower|below|last|in|lminus1)"  # those of the layer before
WEIGHTS_ABOVE = r"(w|weights?)(next|above|upper|ahead|following)(layer)?|(next|above|upper|following)(layer)?s?(w|weights?)"  # those of the layer after
PREDICTION = r"pred|preds|prob(s|abilit(y|ies))?(values?|vec(tor)?s?)|pred(icted|iction)?(val(ue)?|out(put)?|label|y)s?|activations?|ypred|yhat|prediction|predictions|predicted|logits|logit|scores?|probs|probabilities|yp|outputs?|al|h|hat|p|yout|predy|ypreds|estimate|a|yscores?|input|inputs|x|z|y?(tahmin(ler|i|edilen)?|vorhersagen?|pr[eé](dit|vu)e?s?|(predett|previst|predich|predit|estimad|stimat)[oaies]+|predi(cciones|ccion|coes|cao)|previs(ao|oes|ione|ioni)|przewidzian[ey]|predykcj[ae])|(预测|予測|예측)(值|値|값|输出|結果)?|прогноз|предсказани[ея]"
FITTED = r"y?_?(hat|pred(icted|iction)?s?)"  # beside y: what a model says of it
OPTION = r"training|istraining|trainflg|train|istrain|trainflag|mode|phase|test|inference|eps|epsilon|momentum|axis|keepdims|reduction|alpha|debug|verbose|name|retaingraph|retainderived"
LOSS = (
    "loss",
    "entropy",
    "entropi",
    "mse",
    "hinge",
    "svm",
    "error",
    "cost",
    "nll",
    "criterion",
    "bce",
    "mae",
    "huber",
    "squared",
    "softmaxce",
    "cce",
    "logcosh",
    "crossent",
    "divergence",
    "deviance",
    "tweedie",
)
LABELS = ("entropy", "entropi", "softmax", "svm", "nll", "hinge", "crossentropy", "ce")

# ---------------------------------------------------------------- parameters and where their gradients are put

LEARNED = r"coef(f(icient)?s?)?|intercept|offset|(w|weights?|b|bias)_?(mat(rix)?|vec(tor)?|term|param(eter)?s?|val(ue)?s?)|filtr[oei]s?|pes[oi]s?|poids|biais|gewichte?|sesgos?|vies(es)?|agirlik(lar)?|wagi|权重|偏置|重み|バイアス|가중치|편향|веса?|\d+|w[a-z]{0,3}\d*|weights?\d*|b[a-z]?\d*|bias(es)?\d*|(gamma|beta)\d*|kernels?|filters?|thetas?|theta0|embeddings?|embed|wembed|embeddingmatrix|k|param(eter)?s?|g|scales?|shift|alphas?|slopes?|[uvw]|u[ficgozrhn]"
FROZEN = r"\bfrozen\b|\bfreez|non-?trainable|not (trained|learn(ed|t))"  # of weights that are given no gradient
GRADIENT_NAMES = (  # {} is the parameter's bare name
    "d{}", "{}grad", "grad{}", "{}gradient", "gradient{}", "dl{}", "dld{}", "djd{}", "dcd{}", "ded{}", "dloss{}", "delta{}", "{}delta", "{}d",
    "{}grads", "grads{}", "{}gradients", "gradients{}", "nabla{}", "d{}s", "g{}", "{}g", "sum{}grad", "der{}", "deriv{}", "dlossd{}", "derrord{}", "derrd{}", "dcostd{}", "dmsed{}", "derror{}", "dcost{}", "dout{}", "deltaloss{}", "{}deriv", "{}derivative", "{}derivatives", "{}deltas", "deltas{}", "{}error", "update{}", "{}update", "{}bar", "del{}", "bar{}", "adj{}", "{}adj", "{}adjoint", "lastn{}", "lastd{}", "gradswrt{}", "gradwrt{}",
)  # fmt: skip
GRADIENT_WORD = r"_*(d_?[A-Z]\w*|d_\w+|d[a-z]{1,2}|(delta|[gG]rad|nabla)\w*|\w*([gG]rad(ient)?|[dD]elta)s?)"  # how else a kept array says so, letter by letter
GRADIENT_BOX = r"grad.*|dparam.*|(param(eter)?s?|weights?)(grad(ient)?s?)"  # of any other name that says so
GRADIENT_BOXES = ("grads", "gradients", "grad", "gradient", "dparams", "d_params", "param_grads", "derivatives", "deltas", "grad_params", "_grads")  # fmt: skip
SYNONYMS = {
    "weights": ("w", "weight"),
    "weight": ("w", "weights"),
    "biases": ("b", "bias"),
    "bias": ("b", "biases"),
    "theta": ("w", "weights"),
    "theta0": ("b", "bias"),
    "kernel": ("w", "k", "kernels"),
    "kernels": ("w", "k", "kernel"),
    "filters": ("w", "f", "filter"),
    "w": ("weights", "weight"),
    "parametermatrix": ("parameters", "parameter", "params"),
    "b": ("bias", "biases"),
}
OUTPUT = ("output", "out", "outputs", "y", "loss", "a", "activations", "activation", "result", "z", "value", "data")
INPUT_GRADIENT = ("dinputs", "dinput", "dx", "dvalues", "derivatives", "gradinput", "inputgrad", "gradx", "xgrad", "dldx", "inputgradient", "grad", "gradinputs", "dinp", "delta", "dout", "dz", "din", "bottomdiff", "gradient", "dlossdin", "dlossdinput", "dldin")  # fmt: skip
OF_INPUT = r"dinputs?|dx|gradx|xgrad|dldx|dinp|derivatives|gradinputs?|inputs?grad(ient)?s?"  # those of them that can be nothing else

# ---------------------------------------------------------------- tensors of a framework's own

TENSOR_VALUE = ("data", "value", "val", "array", "values", "arr", "v", "ndarray", "nparray", "tensor")
TENSOR_GRADIENT = ("grad", "gradient", "g", "derivative", "grads")
TENSOR_FLAG = r"(requires?|use|track|need|needs|with|compute)_?grad(ient)?s?|autograd"
TENSORS = r"(tensor|array|var(iable)?)s?(s|list|seq)|list(of)?tensors"  # an operation's operands in a list
TENSOR_KEEPS = r"(retain|keep)s?(_?graph|_?tape)?"
SLOTS = (
    "input",
    "inputs",
    "x",
    "inp",
    "inputdata",
    "inputtensor",
    "inputvector",
    "inputarray",
    "datain",
    "bottom",
)  # where a network puts what goes in
NODE_USERS = r"(outbound|out|output|next|child|consumer)(_?nodes?|s)?|children|consumers"  # those that use a node
OPERANDS = (  # what an operation takes that is no tensor -> what is given
    (r"(new|out|target|output)?(shape|size|dims)", (-1,)),
    (r"axis|dim|axes", 0),
    (r"pad(ding)?(widths?)?|paddings", ((1, 2), (0, 1))),
    (r"cond(ition)?", True),
    (r"n?rep(eat)?s?", 2),
    (r"power|exponent|exp|n|p", 3),
    (r"(a)?min(val(ue)?)?|low(er)?|lo", -0.5),
    (r"(a)?max(val(ue)?)?|high(er)?|upper|hi", 0.5),
    (r"idx|index|item|key|indices|slices?|idxs", slice(0, 2)),
    (r"alpha|slope|negativeslope|beta|scalar|c", 0.3),
)

# ---------------------------------------------------------------- shapes that go together

SIZES: Mapping[str, int] = {
    "N": 3, "D": 5, "M": 2, "H": 7, "T": 4, "C": 2, "F": 4, "V": 11, "Y": 5, "X": 6, "K": 3, "P": 2,
}  # fmt: skip

CHANNELS_LAST = r"\b(n_?)?h\w*, *(n_?)?w\w*, *(n_?)?(c|ch|d)\w*\)? *="  # m, n_H, n_W, n_C = x.shape

TRAINING = r"(is)?train(ing)?(flg|flag|mode|phase)?|keep|remember|record|(keep|save|store|use|with|return)?(cache|state)s?"  # a choice that is True while a layer learns

ROLES = (  # pattern of a constructor's or forward's argument -> its role in a scene
    (r"xs?|tx|xt|xb|data_?x|x_?data|(warmup|sample|dummy|example)(data|inputs?|x|batch)|input|inputs|data|z|inp|features?|aprev|x_?(batch|input|train|vec(tor)?|mat(rix)?|arr(ay)?|appended|aug(mented)?|(with_?)?bias|ext(ended)?)|u|zs|inputdata|batch|inputtensor|img|image|images|inputimage|prevlayer|inputvector|v|tensor|arr|array|hs|inputs?data|a|m|layerinput|net|value|values|val|in|bottom", "x"),
    (r"thetas|angles|(inv_?)?freqs?", "freqs"),
    (r"w1|wa", "W1"),
    (r"w2|wb|v", "W2"),
    (r"b1", "b1"),
    (r"b2", "b2"),
    (r"w_?(q|k|v|o|query|key|value|out)|cent(er|re)s|centroids|prototypes|codebook|emb\w*(mat(rix)?|weights?|table)", "W"),
    (r"w2|wb|v", "W"),  # or beside the first one
    (r"ws?|w_?vec(tor)?|weight|weights|kernels?|filt(er)?s?|(w|weights?)mat(rix)?|coef(f(icient)?)?s?|(w|weight)param(eter)?s?|thetas?|embeddings?|wembed|table|ww|w1|wfilter", "W"),
    (r"bs?|bias|biases|b[01]|theta_?0|(b|bias)(vec(tor)?|val(ue)?s?|term|row|col(umn)?|param(eter)?s?)|offset|intercept(term)?", "b"),
    (r"(bn|ln|norm|rms(norm)?)?(gamma|scales?|gain)|(bn|ln|norm|rms(norm)?)w(eight)?|weightscale|g", "gamma"),
    (r"(bn|ln|norm)?(beta|shift)|(bn|ln|norm)b(ias)?", "beta"),
    (r"weights?(x|in|inputs?)|inputs?weights?|wx|wxh|wax|wih|u|wi", "Wx"),
    (r"u", "Wh"),
    (r"wx[a-z\d]", "Wx"),
    (r"wh[a-z\d]", "Wh"),
    (r"weights?(h|hid|hidden)|hiddenweights?|wh|whh|waa|whidden|wr", "Wh"),
    (r"wy|wya|why", "Wy"),
    (r"ba|bh", "b"),
    (r"by", "by"),
    (r"sprev|h(idden)?(state)?t?(prev(ious)?|0|old|last|in|(t?minus|tm)1)t?|(prev(ious)?|last|old)(h|hidden|state)(state|t)?|aprev|a0|hs?tate|state|hiddenstate|hidden|h", "h"),
    (r"c(ell)?(state)?t?(prev(ious)?|0|old|last|in|(t?minus|tm)1)t?|(prev(ious)?|last|old)(c|cell)(state|t)?|cellstate|cstate|c", "h"),
    (r"running(mean|avg)|moving(mean|avg)|r(un)?m(ean)?", "mean"),
    (r"runningvar|movingvar|r(un)?v(ar)?", "var"),
    (r"(nn?|num|dim|tam\w*?)?entradas?|输入(维度|大小|尺寸|数|特征)?|入力(次元|サイズ|数)?|n?visible(size|units|dim)?|nin|ninputs?|inputs?size|inputs?dim|dimsize|modeldim|modelsize|infeat(ure)?s?|(feat(ure)?s?|state|obs(ervation)?)dim|obs(ervation)?size|inputs?|indim|insize|inputunits|dimin|inputdimension|inputd|ind|fanin|inputs?n|ninput|inputlen|inputfeatures|din|idim|inputn|nfeatures|numfeatures|features|featuresize|numinputs?|inputs?nodes|dim|size|headdim|dimhead|dhead|dk|inputlayersize|normalizedshape|dims|n?unitsin|channels?in|inputnum|inputcount|length|nx|n|nfeat|n_?states?|d", "n_in"),
    (r"(nn?|num|dim|tam\w*?)?(salidas?|saidas?|neuronas?|neuronios?)|输出(维度|大小|尺寸|数|特征)?|出力(次元|サイズ|数)?|nout|nodes?|nnodes|numnodes|noutputs?|outputs?size|outputs?dim|outfeat(ure)?s?|outdim|outputd|outd|outsize|units|nunits|n?unitsout|dimout|neurons|nneurons|numneurons|outputs?|fanout|output|outputfeatures|dout|odim|noutput|numoutputs?|outputnodes|outputn|classes|numclasses|nclasses|size|hiddenunits|layersize|outputcount|outputnum|num(labels|tags)|ntags|n(um)?actions|actions?(dim|size)|outputlayersize|m|ny", "n_out"),
    (r"(nn?|num)?(ocult[ao]s?|escondid[ao]s?)|hiddensize|hiddendim|nhidden|hidden|att(n|ention)?|hdim|hiddens?|nh|nstate|statesize|hiddenunits|hiddenlayersize|na|h", "n_hidden"),
    (r"inchannels?|fdepth|filterdepth|inch|channels|cin|nchannels|inputchannels?|numchannels|c|depth|inputdepth|inplanes|inc|nc", "channels"),
    (r"outchannels?|channels?out|outch|filters?|nfilters|numfilters|cout|outputc(hannels?)?|filternum|nf|num(of)?kernels?|num(of)?filters|layerdepth|outplanes|numfilter|kfilters?|outc|nkernels|fn|filtersnum", "filters"),
    (r"kernel(size|len|length)|ksize|filtersize|k|kernel|f|kernelshape|fsize|windowsize|filtershape|kerneldim|filterdim|ks", "kernel"),
    (r"pool(ing)?(size|shape|window)?|window(size|shape)?|size", "pool"),
    (r"poolh|poolheight|poolw|poolwidth|ph|pw|hpool|wpool", "pool_side"),
    (r"filterh|filterheight|filterw|filterwidth|kh|kw|fh|fw|kernelh|kernelw|hh|ww", "kernel_side"),
    (r"strides?(shape|size)?|s|step", "stride"),
    (r"s", "h"),  # of a decoder
    (r"pads?|padding|p", "pad"),
    (r"dropoutratio|ratio|p|rate|droprate|dropout|prob|keepprob|keep|dropoutrate|dropprob|pdrop|dropoutprob|probability|pkeep|keeprate", "ratio"),
    (r"reg|regularization|regstrength|l[12]|l[12]reg|quantile|percentile|tau|alpha|slope|negativeslope|leak|a|lam|lamb|lambda|lambd|lmb?da|delta|margin|temperature|c|scalar|factor|constant|theta|threshold|k|sparsity(param|target)?|rho|(my)?lambd?a?[a-z]?\d?|(reg(ularization)?|l[12])(lambd?a?|lam|lmb?da|param(eter)?|coef\w*|factor|rate|weight|term|strength)|(lambd?a?|lmb?da|lam)(reg\w*|l?[12])|weightdecay", "alpha"),
    (r"eps|epsilon", "eps"),
    (r"momentum|decay", "momentum"),
    (r"learningrate|lr|eta", "rate"),
    (r"vocabsize|v|n(um)?emb(ed(ding)?)?s?|vocab(len(gth)?)?|n(um)?(words|tokens|items|users|movies|products|entities)|vocabularysize|inputd(im)?|n(um)?vocab|dict(ionary)?size|w(ords?)?dim", "vocab"),
    (r"n?emb(ed|d|ding|edding)?(s|size|dims?|len)?|n(um)?dims?|wordvecsize|wordvecdim|dmodel|outputd(im)?|d", "n_in"),
    (r"k", "n_out"),
    (r"batch(size)?|nsamples|nbatch", "batch"),
    (r"rng|generator|randomstate|rs", "rng"),
    (r"inputshape|inshape|shape|xshape|shapein", "shape"),
    (r"(cos|sin)(es|ine)?s?(table|cached?|theta|vals?|t|f|freqs?)?|freqs?(cos|sin)", "angles"),
    (r"(layer|net(work)?|hidden)?s?(sizes|dims|dimensions|units|neurons|structure|architecture|topology)|nodes(perlayer)?|camadas|capas|couches|schichten|warstwy", "sizes"),
    (r"axis|dim", "axis"),
    (r"slices?", "rows"),
    (r"trainflg|training|istraining|train|istrain|trainflag|isTraining", "train"),
    (r"(is)?(predict(ing|ion)?|inference|test(ing)?|eval(uation)?)(mode|flag|flg)?", "predict"),
    (r"mode|phase", "mode"),
    (r"poolmode|pooltype|pooling|poolingmode|method", "pool_mode"),
    (r"weightsscale|std|scale|weightscale|initstd|initscale|weightinitstd", "std"),
    (r"optimi[sz]er(_?template)?|opt|woptimizer|boptimizer|optim", "optimizer"),
    (r"activ(ation)?(type|name|func?|function|fn)?|activators?|nonlin(earity)?|act|acttype|activationfunction|activefunction|activetype|actfn|actfun(c|ction)?|func?|funct|fn|(fun\w+?|fonction)?(de)?(ativa\w+o|activacion|attivazione|aktivierung|aktywacj\w)", "activation"),
    (r"(sub|inner|base|wrapped)?_?(layer|block|module)|sublayer|wrapped", "activation"),  # with a forward and a backward
    (r"(idx|indices|index|ids|tokens|wordids|wordid|seq)s?", "idx"),
    (r"(outside|output|context)(word)?vec(tor)?s", "vectors"),
    (r"(target|outside|context|center)(word)?(idx|index|id)?|output(word)?(idx|index|id)", "word"),
    (r"contexts(words?|ids?|idxs?|indices)?", "idx"),
    (r"neg(ative)?s?((sample|word|context)s?)?(ids?|idxs?|indices)?", "negatives"),
    (r"neg(ative)?s?((sample|word|context)s?)?vec(tor)?s", "others"),
    (r"dataset|corpus|sampler", "words"),
    (r"current(center)?word|centerword", "spoken"),
    (r"(context|outside|surrounding)words", "around"),
    (r"tokens|word2(ind|idx|id)", "vocabulary"),
    (r"(input|center(word)?)vec(tor)?s", "W"),
    (r"bnparams?", "bn_param"),
    (r"convparams?", "conv_param"),
    (r"(max|avg|mean|average)?poolparams?", "pool_param"),
    (r"dropoutparams?", "dropout_param"),
    (r"lnparams?|gnparams?", "ln_param"),
    (r"hparameters?|hparams?|hpars?|hyper(params?|parameters)", "hparameters"),
    (r"\w*(file|path|folder|director(y|ies))(names?)?s?|(file|dir)names?", "name"),
    (r"layerid|id|name|layername|title|label", "name"),
    (r"q|query|queries", "q"),
    (r"key|keys", "q"),
    (r"(log)?(sigma|width|bandwidth|spread)s?", "width"),
    (r"(rope|freqs?)?(cos|sin)(ines?)?", "angles"),
    (r"(n|num)?bits|bitwidth", "bits"),
    (r"(is)?(same|similar|alike)|pairlabels?", "alike"),
    (r"mask|attnmask|attentionmask", "none"),
    (r"mask|attnmask|attentionmask", "mask"),
    (r"param(eter)?s?|weights", "parameters"),
    (r"(nn|nnet|theta|weight)?(params|parameters|thetas?|weights)(vec(tor)?|unrolled|flat)?|unrolled\w*", "unrolled"),
    (r"heads?|nheads?|numheads|nh", "heads"),
    (r"groups?|g|numgroups|ngroups", "groups"),
    (r"w[a-z]{1,2}\d?", "W"),
    (r"b[a-z]{1,2}\d?", "b"),
    (r"w[3-9]", "W"),
    (r"(conv|fc|dense|lin(ear)?)w(eights?)?", "W"),
    (r"(conv|fc|dense|lin(ear)?)b(ias(es)?)?", "b"),
    (r"ratio|factor", "pool"),
    (r"b[3-9]", "b"),
    (r"w_?(f|i|c|g|o|z|r|n|new|forget|input|output|cell|gate|candidate|update|reset)", "gate"),
    (r"u_?(f|i|c|g|o|z|r|h|n|new|forget|input|output|cell|gate|candidate|update|reset)", "ugate"),
    (r"b_?(f|i|c|g|o|z|r|forget|input|output|cell|gate|candidate|update|reset)", "bgate"),
)  # fmt: skip

STEPS = {
    "U": "Wx",
    "W": "Wh",
    "V": "Wy",
    "C": "by",
    "B": "bh",
    "BS": "bh",
    "BH": "bh",
}  # of a recurrent layer, in a textbook's letters

STATE_SPACE = {"A": "(H,H)", "B": "(H,D)", "C": "(M,H)", "D": "(M,D)"}  # h = A h + B u, y = C h + D u

LEANINGS = (  # what a class's name says about the arguments of its constructor: roles that come first
    ("drop", ("ratio",)),
    ("conv|pool", ("stride", "pad", "pool", "kernel", "pool_side", "kernel_side", "channels", "filters", "W", "b")),
    ("embed", ("vocab", "W")),
    ("elu|leaky|swish|scale|soft|hinge|huber", ("alpha",)),
    ("activation|aktivierung", ("activation",)),
    ("softmax|logistic|classifi|regression", ("n_out",)),  # k of them
)
INNER = r"(sub|inner|base|wrapped|child)?(layer|block|module|cell|sublayer|rnn|lstm|gru)|(forward|backward|fwd|bwd|fw|bw|f|b)(cell|layer|rnn|lstm|gru)"
FLAG = r"d|dx|deriv(ative|ate|ed?)?|isderiv(ative)?|grad(ient)?|prime|diff|backward|derv|derivada|getderivative"
SLOPE_MARK = r"_?(prime|derivative|deriv|gradient|grad|backward)_?(of_)?"  # what makes sigmoid_prime of sigmoid
SLOPE = r".*(prim[ae]|deriv\w*|grad(ient)?|pochodna|ableitung)|d_?f|d_?act.*|(act|activation|func|function|fn|f)(d|der|diff|p)"  # a function that is another one's derivative

COMMON = {
    "stride": "=1", "pad": "=0", "ratio": "=0.3", "alpha": "=0.3", "sizes": "=[5, 7, 2]", "eps": "=1e-5", "momentum": "=0.9", "rate": "=0.1", "axis": "=-1",
    "train": "=True", "predict": "=False", "mode": "='train'", "pool_mode": "='max'", "std": "=0.5", "none": "=None", "optimizer": "fn:optimizer", "rng": "fn:rng", "batch": "#N", "name": "='layer'", "activation": "='tanh'",
    "bn_param": "={'mode': 'train', 'eps': 1e-5, 'momentum': 0.9}", "conv_param": "={'stride': 1, 'pad': 1}",
    "pool_param": "={'pool_height': 2, 'pool_width': 2, 'stride': 2, 'pool_stride': 2}", "dropout_param": "={'mode': 'train', 'p': 0.3, 'seed': 123}",
    "ln_param": "={'eps': 1e-5, 'G': 1, 'num_groups': 1}", "hparameters": "={'stride': 1, 'pad': 1, 'f': 3}", "kernel": "#K", "pool": "#P", "pool_side": "#P",
    "kernel_side": "#K", "channels": "#C", "filters": "#F", "vocab": "#V", "idx": "idx(N,T)<V", "heads": "=1", "groups": "=1", "bits": "=4", "rows": "=[0, 0]", "mask": "bin(N,N)", "alike": "bin(N)",
    "n_hidden": "#H", "n_in": "#D", "n_out": "#M",
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """Shapes that belong together: a role -> what to give for it (see `foreign.made`)."""

    name: str
    roles: Mapping[str, str]


SCENES = tuple(
    Scene(name, {**COMMON, **roles})
    for name, roles in (
        ("rows are examples", {"x": "(N,D)", "other": "(N,D)", "W": "(D,M)", "b": "(M)", "gamma": "(D)", "beta": "(D)", "mean": "(D)", "var": "+(D)",
                  "h": "(N,H)", "Wx": "(D,H)", "Wh": "(H,H)", "Wy": "(H,M)", "by": "(M)", "bh": "(H)", "shape": "=(5,)", "q": "(N,D)", "unrolled": "(DH+H+HM+M)",
                  "W1": "(D,H)", "b1": "(H)", "W2": "(H,M)", "b2": "(M)"}),
        ("rows are examples, as wide as before", {"x": "(N,D)", "other": "(N,D)", "W1": "(D,H)", "b1": "(H)", "W2": "(H,D)", "b2": "(D)"}),
        ("rows are examples, b a row", {"x": "(N,D)", "other": "(N,D)", "W": "(D,M)", "b": "(1,M)", "gamma": "(1,D)", "beta": "(1,D)", "shape": "#(N,D)",
                  "W1": "(D,H)", "b1": "(1,H)", "W2": "(H,M)", "b2": "(1,M)"}),
        ("rows are examples, W out by in", {"x": "(N,D)", "other": "(N,D)", "W": "(M,D)", "b": "(M)", "gamma": "(1,D)", "beta": "(1,D)"}),
        ("rows are examples, weights beside each other", {"x": "(N,D)", "other": "(N,D)", "W": "(D,M)", "W1": "(D,M)", "W2": "(D,M)", "b": "(M)", "b1": "(M)", "b2": "(M)", "gamma": "(M)", "beta": "(M)"}),
        ("rows are examples, a pair of sizes", {"x": "(N,D)", "other": "(N,D)", "shape": "#(D,M)"}),
        ("rows are examples, one output", {"x": "(N,D)", "other": "bin(N)", "W": "(D)", "b": "()"}),
        ("rows are examples, an intercept before them, one output", {"x": "(N,D)", "other": "bin(N)", "W": "(1+D)"}),
        ("rows are examples, a column of targets, one output", {"x": "(N,D)", "other": "bin(N,1)", "W": "(D)", "b": "()"}),
        ("rows are examples, a number each, one output", {"x": "(N)", "other": "bin(N)", "W": "()", "b": "()"}),
        ("columns are examples, unrolled as wide as before", {"x": "(D,N)", "other": "(D,N)", "unrolled": "(DH+HD+H+D)"}),
        ("rows are examples, unrolled as wide as before", {"x": "(N,D)", "other": "(N,D)", "unrolled": "(DH+HD+H+D)"}),
        ("columns are examples, unrolled scores", {"x": "(D,N)", "other": "lab(N)<M", "unrolled": "(MD)"}),
        ("rows are examples, unrolled scores", {"x": "(N,D)", "other": "lab(N)<M", "unrolled": "(MD)"}),
        ("rows are examples, a weight a column", {"x": "(N,D)", "other": "(N,D)", "W": "(D)", "b": "(D)"}),
        ("rows are examples, a weight a column, b a row", {"x": "(N,D)", "other": "(N,D)", "W": "(1,D)", "b": "(1,D)"}),
        ("rows are examples, a weight for each pair", {"x": "(N,D)", "other": "(N,H)", "W": "(M,D,H)", "b": "(M)"}),
        ("rows are examples, a weight and a row for each entry", {"x": "(N,D)", "W": "(D)", "W2": "(D,H)", "b": "()"}),
        ("rows are examples, several weights", {"x": "(N,D)", "W": "(P,D,M)", "b": "(P,M)"}),
        ("rows are examples, several rows for each", {"x": "(N,T)", "other": "(N,T,D)"}),
        ("rows are examples, centres and widths", {"x": "(N,D)", "W": "(M,D)", "width": "(M)", "b": "(M)"}),
        ("rows are examples, a class each", {"x": "(N,D)", "other": "lab(N)<M", "W": "(D,M)", "b": "(M)"}),
        ("rows are examples, a centre for each class", {"x": "(N,D)", "other": "lab(N)<M", "W": "(M,D)"}),
        ("rows are examples, an even width", {"x": "(N,4)", "other": "(N,4)", "n_in": "=4", "W": "(4,M)", "gamma": "(4)", "beta": "(4)", "angles": "set(N,2)"}),
        ("rows are examples, positive", {"x": "+(N,D)", "other": "+(N,D)"}),
        ("columns are examples", {"W1": "(H,D)", "b1": "(H,1)", "W2": "(M,H)", "b2": "(M,1)", "x": "(D,N)", "other": "(D,N)", "W": "(M,D)", "b": "(M,1)", "gamma": "(D,1)", "beta": "(D,1)", "h": "(H,N)", "Wx": "(H,D)", "Wh": "(H,H)", "Wy": "(M,H)", "by": "(M,1)", "bh": "(H,1)",
                  "parameters": "{'Wax': '(H,D)', 'Waa': '(H,H)', 'Wya': '(M,H)', 'ba': '(H,1)', 'by': '(M,1)'}"}),
        ("columns are examples, a pair of sizes", {"x": "(D,N)", "other": "(D,N)", "shape": "#(M,D)"}),
        ("columns are examples, W in by out", {"x": "(D,N)", "other": "(D,N)", "W": "(D,M)", "b": "(M,1)"}),
        ("columns are examples, b a vector", {"x": "(D,N)", "other": "(D,N)", "W": "(M,D)", "b": "(M)", "gamma": "(D)", "beta": "(D)"}),
        ("columns are examples, a weight a row", {"x": "(D,N)", "other": "(D,N)", "W": "(D)", "b": "(D)"}),
        ("columns are examples, LSTM", {"x": "(D,N)", "other": "(H,N)", "h": "(H,N)",
                  "parameters": "{'Wf': '(H,H+D)', 'bf': '(H,1)', 'Wi': '(H,H+D)', 'bi': '(H,1)', 'Wc': '(H,H+D)', 'bc': '(H,1)', 'Wo': '(H,H+D)', 'bo': '(H,1)', 'Wy': '(M,H)', 'by': '(M,1)'}"}),
        ("columns are examples, gates", {"x": "(D,N)", "h": "(H,N)", "gate": "(H,H+D)", "bgate": "(H,1)", "W": "(H,H+D)", "Wh": "(H,H+D)", "b": "(H,1)"}),
        ("columns are examples, W and U for gates", {"x": "(D,N)", "h": "(H,N)", "gate": "(H,D)", "ugate": "(H,H)", "bgate": "(H,1)", "W": "(H,D)", "Wh": "(H,D)", "Wx": "(H,D)", "b": "(H,1)"}),
        ("rows are examples, W and U for gates", {"x": "(N,D)", "h": "(N,H)", "gate": "(D,H)", "ugate": "(H,H)", "bgate": "(H)", "W": "(D,H)", "Wh": "(D,H)", "Wx": "(D,H)", "b": "(H)"}),
        ("rows are examples, gates", {"x": "(N,D)", "h": "(N,H)", "gate": "(H+D,H)", "bgate": "(H)", "W": "(H+D,H)", "Wh": "(H+D,H)", "b": "(H)"}),
        ("rows are examples, square weights", {"x": "(N,D)", "other": "(N,D)", "W": "(D,D)", "b": "(D)", "Wx": "(D,D)", "Wh": "(D,D)", "Wy": "(D,D)", "by": "(D)", "h": "(N,D)"}),
        ("columns are examples, square weights", {"x": "(D,N)", "other": "(D,N)", "W": "(D,D)", "b": "(D,1)", "Wx": "(D,D)", "Wh": "(D,D)", "Wy": "(D,D)", "by": "(D,1)", "h": "(D,N)"}),
        ("matrices that fit", {"x": "(N,D)", "other": "(D,M)", "W": "(D,M)", "b": "(M)"}),
        ("a square matrix", {"x": "(D,D)", "other": "(D,D)"}),
        ("two matrices that fit", {"x": "(N,D)", "other": "(D,M)", "W": "(D,M)", "b": "(D,M)"}),
        ("images", {"x": "(N,C,Y,X)", "other": "(N,C,Y,X)", "W": "(F,C,K,K)", "b": "(F)", "gamma": "(C)", "beta": "(C)", "n_in": "#C", "n_out": "#F", "kernel": "#K", "shape": "=(2, 5, 6)", "mean": "(C)", "var": "+(C)", "q": "(N,T,D)",
                    "W1": "(C,H)", "b1": "(H)", "W2": "(H,C)", "b2": "(C)"}),
        ("images, a weight and a bias for all", {"x": "(N,C,Y,X)", "W": "(1)", "b": "(1)"}),
        ("images, a kernel for each channel", {"x": "(N,C,Y,X)", "W": "(C,K,K)", "b": "(C)"}),
        ("images, a kernel for each channel, one deep", {"x": "(N,C,Y,X)", "W": "(C,1,K,K)", "b": "(C)"}),
        ("signals", {"x": "(N,C,7)", "other": "(N,C,7)", "W": "(F,C,K)", "b": "(F)", "gamma": "(1,C,1)", "beta": "(1,C,1)", "n_in": "#C", "n_out": "#F", "kernel": "#K", "shape": "=(2, 7)"}),
        ("signals, a bias a column", {"x": "(N,C,7)", "other": "(N,C,7)", "W": "(F,C,K)", "b": "(F,1)", "gamma": "(1,C,1)", "beta": "(1,C,1)", "n_in": "#C", "n_out": "#F", "kernel": "#K", "shape": "=(2, 7)"}),
        ("images, a bias a row", {"x": "(N,C,Y,X)", "W": "(F,C,K,K)", "b": "(F,1)"}),
        ("images, W a matrix of columns", {"x": "(N,C,Y,X)", "W": "(CKK,F)", "b": "(1,F)"}),
        ("images, W in by out", {"x": "(N,C,Y,X)", "other": "(N,C,Y,X)", "W": "(C,F,K,K)", "b": "(F)"}),
        ("signals, W in by out", {"x": "(N,C,7)", "other": "(N,C,7)", "W": "(C,F,K)", "b": "(F)"}),
        ("images, a weight for each pair of channels", {"x": "(N,C,Y,X)", "W": "(F,C)", "b": "(F)"}),
        ("images, a scale for each channel", {"x": "(N,C,Y,X)", "gamma": "(1,C,1,1)", "beta": "(1,C,1,1)"}),
        ("volumes", {"x": "(N,C,4,3,5)", "other": "(N,C,4,3,5)", "W": "(F,C,P,P,P)", "b": "(F)", "gamma": "(C)", "beta": "(C)", "n_in": "#C", "n_out": "#F", "kernel": "#P", "shape": "=(2, 4, 3, 5)"}),
        ("images, channels last, a bias for each channel", {"x": "(N,4,6,C)", "b": "(C)"}),
        ("images, a scale for each example and channel", {"x": "(N,C,Y,X)", "other": "(N,C)", "gamma": "(N,C)", "beta": "(N,C)"}),
        ("images, even sides", {"x": "(N,C,4,6)", "other": "(N,C,4,6)", "W": "(F,C,K,K)", "b": "(F)", "gamma": "(1,C,1,1)", "beta": "(1,C,1,1)", "n_in": "#C", "n_out": "#F", "stride": "=2", "shape": "=(2, 4, 6)", "kernel": "=2"}),
        ("square images, tuples for sizes", {"x": "(N,C,4,4)", "other": "(N,C,4,4)", "W": "(F,C,K,K)", "b": "(F)", "n_in": "#C", "n_out": "#F", "kernel": "=(3, 3)", "pool": "=(2, 2)", "stride": "=(1, 1)", "pad": "=(0, 0)", "shape": "=(2, 4, 4)"}),
        ("heads of an even width, and angles", {"x": "(N,P,T,6)", "other": "(N,P,T,6)", "q": "(N,P,T,6)", "angles": "set(T,3)"}),
        ("square images, channels last, tuples for sizes", {"x": "(N,4,4,C)", "W": "(K,K,C,F)", "b": "(F)", "kernel": "=(3, 3)", "pool": "=(2, 2)", "stride": "=(1, 1)", "pad": "=(0, 0)"}),
        ("images, channels last", {"x": "(N,4,6,C)", "other": "(N,4,6,C)", "W": "(K,K,C,F)", "b": "(1,1,1,F)", "gamma": "(C)", "beta": "(C)", "n_in": "#C", "n_out": "#F", "shape": "=(4, 6, 2)", "kernel": "=2", "stride": "=2"}),
        ("images, channels last in groups", {"x": "(N,P,Y,C,T)", "other": "(N,P,Y,C,T)", "gamma": "(1,1,1,C,T)", "beta": "(1,1,1,C,T)"}),
        ("images, channels last, filters first", {"x": "(N,4,6,C)", "W": "(F,K,K,C)", "b": "(F)"}),
        ("sequences", {"shape": "=(4, 5)", "n_out": "#H", "x": "(N,T,D)", "other": "(N,T,D)", "h": "(N,H)", "Wx": "(D,H)", "Wh": "(H,H)", "W": "(D,M)", "b": "(H)", "gamma": "(D)", "beta": "(D)", "q": "(N,T,D)"}),
        ("sequences, as wide as before", {"x": "(N,T,D)", "other": "(N,T,D)", "q": "(N,T,D)", "W": "(D,D)", "b": "(D)", "gamma": "(D)", "beta": "(D)",
                  "W1": "(D,H)", "b1": "(H)", "W2": "(H,D)", "b2": "(D)", "n_out": "#D"}),
        ("sequences, a weight for each entry", {"x": "(N,T,D)", "W": "(D)", "b": "()"}),
        ("sequences, a class each", {"x": "(N,T,D)", "other": "lab(N,T)<D", "mask": "bin(N,T)"}),
        ("sequences, a mask over their steps", {"x": "(N,T,D)", "mask": "padded(N,T)"}),
        ("sequences, scored by a vector", {"x": "(N,T,D)", "W": "(D,M)", "W2": "(M)", "b": "(M)"}),
        ("sequences, an even width", {"x": "(N,T,6)", "freqs": "set(3)", "other": "(N,T,6)", "q": "(N,T,6)", "n_in": "=6", "heads": "=2", "W": "(6,M)", "gamma": "(6)", "beta": "(6)", "angles": "set(T,3)"}),
        ("sequences, several heads", {"x": "(N,T,10)", "other": "(N,T,10)", "q": "(N,T,10)", "n_in": "=10", "heads": "=2", "W": "(10,10)", "b": "(10)", "gamma": "(10)", "beta": "(10)"}),
        ("sequences, angles for each entry", {"x": "(N,T,6)", "angles": "set(T,6)"}),
        ("sequences, affine", {"x": "(N,T,D)", "other": "(N,T,D)", "W": "(D,M)", "b": "(M)"}),
        ("sequences, a weight for each step of a window", {"x": "(N,T,D)", "W": "(P,D,M)", "b": "(M)"}),
        ("one step of a recurrent layer", {"x": "(N,D)", "other": "(N,H)", "h": "(N,H)", "Wx": "(D,H)", "Wh": "(H,H)", "W": "(D,H)", "b": "(H)", "Wy": "(H,M)", "by": "(M)"}),
        ("one step of an LSTM, weights joined", {"x": "(N,D)", "h": "(N,H)", "W": "(D+H,4H)", "b": "(4H)"}),
        ("one step of an LSTM, weights joined, columns", {"x": "(D,N)", "h": "(H,N)", "W": "(4H,D+H)", "b": "(4H,1)"}),
        ("one step of an LSTM", {"x": "(N,D)", "h": "(N,H)", "Wx": "(D,4H)", "Wh": "(H,4H)", "b": "(4H)"}),
        ("sequences, LSTM", {"x": "(N,T,D)", "h": "(N,H)", "Wx": "(D,4H)", "Wh": "(H,4H)", "b": "(4H)", "b1": "(4H)", "b2": "(4H)"}),
        ("one step of a GRU", {"x": "(N,D)", "h": "(N,H)", "W": "(D,3H)", "Wx": "(D,3H)", "Wh": "(H,3H)", "b": "(3H)"}),
        ("sequences, GRU", {"x": "(N,T,D)", "h": "(N,H)", "W": "(D,3H)", "Wx": "(D,3H)", "Wh": "(H,3H)", "b": "(3H)"}),
        ("sequences of a recurrent layer, steps first", {"x": "(T,N,D)", "other": "(T,N,D)", "h": "(N,H)", "Wx": "(D,H)", "Wh": "(H,H)", "W": "(D,H)", "b": "(H)"}),
        ("sequences and states", {"x": "(N,T,H)", "h": "(N,H)", "other": "(N,T)"}),
        ("sequences, and a row for each", {"x": "(N,T,D)", "h": "(N,D)", "other": "(N,D)", "n_in": "#D", "n_out": "#D"}),
        ("sequences of one example, a state a row, LSTM", {"x": "(T,D)", "h": "(1,H)", "Wx": "(D,4H)", "Wh": "(H,4H)", "b": "(4H)"}),
        ("sequences of one example", {"x": "(T,D)", "Wx": "(D,H)", "Wh": "(H,H)", "W": "(H,H)", "b": "(H)"}),
        ("columns are examples, a step a layer", {"x": "(D,N,T)", "other": "(D,N,T)", "h": "(H,N)", "Wx": "(H,D)", "Wh": "(H,H)", "Wy": "(M,H)", "b": "(H,1)", "by": "(M,1)",
                  "parameters": "{'Wax': '(H,D)', 'Waa': '(H,H)', 'Wya': '(M,H)', 'ba': '(H,1)', 'by': '(M,1)'}"}),
        ("sequences of one example, W out by in", {"x": "(T,D)", "h": "(H)", "W": "(H,D)", "Wx": "(H,D)", "Wh": "(H,H)", "Wy": "(M,H)", "b": "(H)", "bh": "(H)", "bgate": "(H)", "by": "(M)"}),
        ("a sequence of columns", {"x": "(T,D,1)", "other": "(T,D,1)", "h": "(H,1)", "W": "(H,D)", "Wx": "(H,D)", "Wh": "(H,H)", "Wy": "(M,H)", "b": "(H,1)", "by": "(M,1)"}),
        ("a vector, and a square matrix", {"x": "(D)", "other": "(D)", "own A": "sym(D,D)", "own Q": "sym(D,D)", "own H": "sym(D,D)", "b": "(D)", "h": "(D)"}),
        ("a vector", {"x": "(D)", "h": "(H)", "other": "(D)", "W": "(D,M)", "b": "(M)", "gamma": "(D)", "beta": "(D)"}),
        ("a vector, and rows that it multiplies", {"x": "(D)", "other": "(N,D)", "W": "(N,D)", "b": "(N)"}),
        ("a vector, W out by in", {"x": "(D)", "h": "(H)", "Wx": "(H,D)", "Wh": "(H,H)", "other": "(D)", "W": "(M,D)", "b": "(M)"}),
        ("a column", {"x": "(D,1)", "other": "(D,1)", "W": "(M,D)", "b": "(M,1)", "h": "(H,1)", "Wx": "(H,D)", "Wh": "(H,H)", "shape": "=(5, 1)"}),
        ("a row", {"x": "(1,D)", "other": "(1,D)", "W": "(D,M)", "b": "(1,M)", "shape": "=(1, 5)"}),
        ("one signal with channels", {"x": "(C,7)", "W": "(F,C,K)", "b": "(F)", "n_in": "#C", "n_out": "#F", "kernel": "#K"}),
        ("a vector, and a window on it", {"x": "(7)", "other": "(K)", "W": "(K)", "b": "()"}),
        ("a vector, one output", {"x": "(D)", "other": "pm()", "W": "(D)", "b": "()"}),
        ("one image", {"x": "(5,6)", "other": "(5,6)", "n_in": "#C", "n_out": "#F", "shape": "=(5, 6)", "W": "(K,K)", "b": "()"}),
        ("images in grey", {"x": "(N,5,6)", "other": "(N,5,6)", "W": "(K,K)", "b": "()"}),
        ("one image, channels last", {"x": "(4,6,C)", "W": "(F,K,K)", "b": "(F)", "n_in": "#C", "n_out": "#F", "shape": "=(4, 6, 2)"}),
        ("one image, channels last, filters last", {"x": "(4,6,C)", "W": "(K,K,C,F)", "b": "(F)"}),
        ("one image, channels last, filters first", {"x": "(4,6,C)", "W": "(F,K,K,C)", "b": "(F)"}),
        ("one image, even sides", {"x": "(4,6)", "other": "(4,6)", "n_in": "#C", "n_out": "#F", "shape": "=(4, 6)", "W": "(K,K)", "b": "()"}),
        ("one image with channels", {"x": "(C,5,6)", "W": "(F,C,K,K)", "b": "(F)", "n_in": "#C", "n_out": "#F", "shape": "=(2, 5, 6)"}),
        ("one square image with channels", {"x": "(C,5,5)", "W": "(F,C,K,K)", "b": "(F,1)", "n_in": "#C", "n_out": "#F", "shape": "=(2, 5, 5)"}),
        ("one image with channels, even sides", {"x": "(C,4,6)", "W": "(F,C,K,K)", "b": "(F)", "n_in": "#C", "n_out": "#F", "shape": "=(2, 4, 6)", "stride": "=2", "kernel": "=2"}),
        ("word ids", {"x": "idx(N,T)<V", "idx": "idx(N,T)<V", "W": "(V,D)", "n_in": "#D"}),
        ("one word id each", {"x": "idx(6)<V", "idx": "idx(N)<V", "W": "(V,D)", "h": "(N,D)", "n_in": "#D", "other": "idx(N)<V", "words": "fn:words"}),
        ("one word id, and another", {"x": "lab()<V", "idx": "lab()<V", "other": "lab()<V", "W": "(V,D)", "n_in": "#D"}),
        ("word ids, and one more for each row", {"x": "idx(N,T)<V", "idx": "idx(N,T)<V", "other": "idx(N)<V", "W": "(V,D)", "n_in": "#D"}),
        ("one word id, another, and others", {"x": "lab()<V", "word": "lab()<V", "negatives": "idx(N)<V", "other": "lab()<V", "W": "(V,D)", "n_in": "#D"}),
        ("word ids, another each, and others", {"x": "idx(N)<V", "word": "idx(N)<V", "negatives": "idx(N,P)<V", "other": "idx(N)<V", "W": "(V,D)", "n_in": "#D"}),
        ("a vector, another, and rows of others", {"x": "(D)", "other": "(D)", "others": "(N,D)"}),
        ("a vector for a word of a vocabulary", {"x": "(V)", "other": "(V)", "W": "(V,D)", "n_in": "#D"}),
        ("a column for a word of a vocabulary", {"x": "(V,1)", "other": "(V,1)", "W": "(V,D)", "n_in": "#D"}),
        ("words as rows of a vocabulary", {"x": "(N,V)", "other": "(N,V)", "W": "(V,D)", "n_in": "#D"}),
        ("three word ids each, and what comes next", {"x": "idx(N,3)<V", "other": "lab(N)<V", "W": "(V,D)", "n_in": "#D"}),
        ("windows of words as rows of a vocabulary", {"x": "1hot(N,P,V)", "idx": "1hot(N,P,V)", "other": "1hot(N,V)", "W": "(V,D)", "n_in": "#D"}),
        ("a row of one word id", {"x": "idx(1)<V", "W": "(V,D)", "n_in": "#D"}),
        ("word ids and columns, a class each", {"x": "idx(T)<V", "other": "idx(T)<V", "h": "(H,1)"}),
        ("numbers, one by one", {"x": "(N,D)", "W": "()", "b": "()"}),
        ("words by name", {"x": "='b'", "spoken": "='b'", "around": "=['a', 'c', 'b', 'a']", "vocabulary": "={'a': 0, 'b': 1, 'c': 2}", "W": "(V,D)", "vectors": "(V,D)", "words": "fn:words"}),
        ("a vector of a word, and its neighbour", {"x": "(D)", "word": "lab()<V", "vectors": "(V,D)", "words": "fn:words"}),
        ("a number", {"x": "()", "other": "()", "W": "()", "b": "()"}),
        ("a number, above zero", {"x": "+()", "other": "+()", "W": "+()", "b": "+()"}),
        ("lists of numbers", {"x": "list(D)", "other": "list(D)"}),
        ("columns are examples, a row of outputs", {"x": "(D,N)", "other": "bin(1,N)", "W": "(D,1)", "b": "()"}),
        ("rows are examples, a column of outputs", {"x": "(N,D)", "other": "bin(N,1)", "W": "(D,1)", "b": "()"}),
        *((f"rows are examples{b}, rows of outputs", {"x": "(N,D)", "other": "1hot(N,M)", "W": "(D,M)", "b": shape}) for b, shape in (("", "(M)"), (", b a row", "(1,M)"))),
        ("columns are examples, columns of outputs", {"x": "(D,N)", "other": "1hot'(M,N)", "W": "(M,D)", "b": "(M,1)"}),
        *((f"{way} are examples, as many out as in", {"x": x, "other": x, "n_out": "#D"}) for way, x in (("columns", "(D,N)"), ("rows", "(N,D)"))),
    )
)  # fmt: skip

PREDICTIONS = (
    "(N,D)",
    "p(N,D)",
    "u(N,D)",
    "(N,1)",
    "u(N,1)",
    "(D)",
    "p(D)",
    "p'(D,N)",
    "(D,N)",
    "u(1,N)",
    "(1,N)",
    "(N)",
    "u(N)",
    "()",
    "u()",
    "(N,T,D)",
    "p(N,T,D)",
    "(N,C,Y,X)",
    "u(D)",
    "(D,1)",
)
TARGETS = {
    "(N,D)": ("1hot(N,D)", "lab(N)<D", "(N,D)", "pm(N,D)", "bin(N,D)", "p(N,D)"),
    "p(N,D)": ("1hot(N,D)", "lab(N)<D", "p(N,D)"),
    "u(N,D)": ("bin(N,D)", "1hot(N,D)"),
    "(N,1)": ("bin(N,1)", "(N,1)", "pm(N,1)", "lab(N,1)<2", "(N)", "bin(N)"),
    "u(N,1)": ("bin(N,1)", "(N,1)", "bin(N)"),
    "(D)": ("(D)", "1hot(D)", "pm(D)", "bin(D)", "lab()<D"),
    "p(D)": ("1hot(D)", "lab()<D"),
    "p'(D,N)": ("1hot'(D,N)", "lab(N)<D"),
    "(D,N)": ("lab(N)<D", "1hot'(D,N)"),
    "(1,N)": ("(1,N)",),
    "u(1,N)": ("bin(1,N)",),
    "()": ("()", "bin()"),
    "u()": ("bin()",),
    "(N)": ("lab(N)<2", "bin(N)", "(N)", "pm(N)"),
    "u(N)": ("bin(N)",),
    "(N,T,D)": ("lab(N,T)<D", "1hot(N,T,D)", "lab(N)<T"),
    "p(N,T,D)": ("lab(N,T)<D", "1hot(N,T,D)"),
    "(N,C,Y,X)": ("lab(N,Y,X)<C", "(N,C,Y,X)"),
    "u(D)": ("bin(D)",),
    "(D,1)": ("lab()<D", "1hot'(D,1)"),
}
