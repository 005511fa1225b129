package api

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/call"
	"github.com/cosemu/cosemu/emulator/internal/fidelity"
	"github.com/cosemu/cosemu/emulator/internal/ops"
)

// FidelityOperations is the operation table as the fidelity table wants it.
func FidelityOperations() []fidelity.Operation {
	var all []fidelity.Operation
	for _, o := range ops.Rows() {
		all = append(all, fidelityOperation(&o))
	}
	slices.SortFunc(all, func(a, b fidelity.Operation) int {
		if c := strings.Compare(a.Action, b.Action); c != 0 {
			return c
		}
		return strings.Compare(a.Sub, b.Sub)
	})
	return all
}

func fidelityOperation(o *call.Operation) fidelity.Operation {
	return fidelity.Operation{
		Action: o.Name, Method: o.Method, Sub: o.Selector(), Target: o.Scope.String(), Source: o.Source,
	}
}
