package emulator

import (
	"github.com/cosemu/cosemu/emulator/coserr"
	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/cosemu/cosemu/signer"
)

func (e *Emulator) explain(_ *call, _ *coserr.Error) {}

func credentials(k *keyring.Key) signer.Credentials {
	return signer.Credentials{SecretID: k.SecretID, SecretKey: k.SecretKey, Token: k.Token}
}
