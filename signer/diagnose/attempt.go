package diagnose

import "github.com/cosemu/cosemu/signer"

// dim is a part of what is signed that a hypothesis may change by itself.
type dim int

const (
	dimMethod dim = iota
	dimPath
	dimParams
	dimHeaders // all but the host
	dimHost
	dimTime // in StringToSign
	dimKey  // secret and q-key-time
	dimRecipe
	dims
)

// point picks one of the texts known for each dimension: a complete attempt.
type point [dims]uint16

// dimMask is a set of dimensions.
type dimMask uint8

func maskOf(ds ...dim) (m dimMask) {
	for _, d := range ds {
		m |= 1 << d
	}
	return m
}

// attempt is a point with the change that leads to it.
type attempt struct {
	message *Message
	v       Values
	mask    dimMask // what it changes
	at      point   // only the dimensions of mask count
	likely  bool    // worth trying together with another
	edit    *edit   // how it changed a list of pairs, if it can be joined with others
}

// edit is a change of one entry of a list of pairs.
type edit struct {
	dim  dim
	list int // which reading's list
	at   int // which entry; -1: a new one
	pair signer.Pair
	drop bool
}

// over is p with the attempt's own dimensions put over it.
func (a *attempt) over(p point) point {
	for d := range dims {
		if a.mask&(1<<d) != 0 {
			p[d] = a.at[d]
		}
	}
	return p
}
