package bucketcfg

import "github.com/cosemu/cosemu/emulator/internal/coserr"

// CheckTiering judges an IntelligentTieringConfiguration, which can only be
// enabled (COS docs: PUT Bucket IntelligentTiering).
func CheckTiering(doc []byte) *coserr.Error {
	_, err := read(doc, &shape{name: "IntelligentTieringConfiguration", kids: []shape{
		one("Status", oneOf("Enabled")),
		some(1, 1, "Transition", one("Days", oneOf("30", "60", "90")), option("RequestFrequent", oneOf("1"))),
	}})
	return err
}
