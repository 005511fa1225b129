package api

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/fidelity"
)

// FidelityOperations is the operation table as the fidelity table wants it.
func FidelityOperations() []fidelity.Operation {
	var ops []fidelity.Operation
	for _, o := range append(serviceAndBucketTable(), objectTable()...) {
		ops = append(ops, fidelityOperation(&o))
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
		Action: o.name, Method: o.method, Sub: o.selector(), Target: o.scope.String(), Source: o.source,
	}
}
