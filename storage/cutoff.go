package storage

import "errors"

// ErrCutOff says that the index has lost its end, and acknowledged changes with it.
// What it still holds is served, and bodies that it does not name stay.
var ErrCutOff = errors.New("storage: acknowledged changes are missing from the index")

func cutOffKey() []byte { return metaKey("cutoff") }

// cutOffOf reads what is known to be missing from an index, "" if nothing is.
func cutOffOf(ix Index) (string, error) {
	v, _, err := ix.Get(nil, cutOffKey())
	return string(v), err
}

// noteCutOff takes in what this start found missing, or an earlier one did. It is
// told of at each start, and no body is swept, until the folder is rescued (choice 362).
func (s *Store) noteCutOff(now string) (err error) {
	if s.cutOff, err = cutOffOf(s.ix); err != nil {
		return err
	}
	if s.cutOff == "" && now != "" {
		s.cutOff, err = now, s.ix.Apply(Op{Kind: OpPut, Key: cutOffKey(), Value: []byte(now)})
	}
	if s.cutOff != "" {
		s.log.Warn("storage: acknowledged changes are missing from the index; bodies that it does not name are kept; "+
			"stop the server and run cosemu rescue", "what", s.cutOff)
	}
	return err
}
