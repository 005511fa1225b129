package fidelity

import (
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// ReadingRows are the lenient readings of a signature.
func ReadingRows() []Row {
	var rows []Row
	for _, l := range signer.Leniencies() {
		rows = append(rows, Row{Kind: Reading, Name: l.ID, What: l.Means, Source: "sdk: " + strings.ReplaceAll(l.Source, "; ", ", ")})
	}
	return rows
}
