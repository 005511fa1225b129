package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/fidelity"
)

// FidelityOperations is the operation table as the fidelity table wants it,
// with what stands beside it: OPTIONS, which one function answers everywhere.
func FidelityOperations() []fidelity.Operation {
	ops := []fidelity.Operation{{Action: optionsObject(scopeObject).name, Method: http.MethodOptions, Target: "Object"}}
	for _, o := range operationTable() {
		ops = append(ops, fidelityOperation(o))
	}
	slices.SortFunc(ops, func(a, b fidelity.Operation) int {
		if c := strings.Compare(a.Action, b.Action); c != 0 {
			return c
		}
		return strings.Compare(a.Sub, b.Sub)
	})
	return ops
}

func fidelityOperation(o *operation) fidelity.Operation {
	return fidelity.Operation{
		Action: o.name, Method: o.method, Sub: o.sub, Target: [...]string{"Service", "Bucket", "Object"}[o.scope],
	}
}
