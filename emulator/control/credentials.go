package control

import (
	"context"
	"net/http"
	"time"

	"github.com/cosemu/cosemu/emulator/keyring"
	"github.com/danielgtaylor/huma/v2"
)

// credential is a key pair as calls return it: neither secret nor token.
type credential struct {
	SecretID  string     `json:"secret_id"`
	AppID     string     `json:"appid"`
	Temporary bool       `json:"temporary" doc:"Whether a token belongs to it."`
	Expires   *time.Time `json:"expires,omitempty" doc:"The end of a temporary key's life."`
}

func publicCredential(k keyring.Key) credential {
	c := credential{SecretID: k.SecretID, AppID: k.AppID, Temporary: k.Temporary()}
	if !k.Expires.IsZero() {
		at := k.Expires.UTC()
		c.Expires = &at
	}
	return c
}

type credentialsOutput struct {
	Body struct {
		Credentials []credential `json:"credentials" doc:"By key id."`
	}
}

type credentialOutput struct{ Body credential }

type credentialInput struct {
	Body struct {
		SecretID  string     `json:"secret_id" pattern:"^[^&=;%\\s]+$" maxLength:"256"`
		SecretKey string     `json:"secret_key" minLength:"1" maxLength:"256" writeOnly:"true" doc:"Never returned."`
		AppID     string     `json:"appid,omitempty" pattern:"^[0-9]*$" maxLength:"20" doc:"The account; that of the first configured bucket when left out."`
		Token     string     `json:"token,omitempty" maxLength:"8192" writeOnly:"true" doc:"Makes it a temporary key, to be used with this token. Never returned."`
		Expires   *time.Time `json:"expires,omitempty" doc:"The end of a temporary key's life (RFC 3339)."`
	}
}

type secretIDInput struct {
	SecretID string `path:"secret_id"`
}

func (h *Handler) registerCredentials(api huma.API) {
	huma.Register(api, h.operation("list-credentials", http.MethodGet, "/credentials",
		"The key pairs that are known", http.StatusOK), h.listCredentials)
	huma.Register(api, h.operation("add-credential", http.MethodPost, "/credentials",
		"Add a key pair, permanent or temporary", http.StatusCreated, http.StatusConflict), h.addCredential)
	huma.Register(api, h.operation("delete-credential", http.MethodDelete, "/credentials/{secret_id}",
		"Forget a key pair", http.StatusNoContent, http.StatusNotFound), h.deleteCredential)
}

func (h *Handler) deleteCredential(_ context.Context, in *secretIDInput) (*struct{}, error) {
	if !h.emulator.Keys().Remove(in.SecretID) {
		return nil, huma.Error404NotFound("no such key id")
	}
	return nil, nil
}

func (h *Handler) listCredentials(context.Context, *struct{}) (*credentialsOutput, error) {
	out := &credentialsOutput{}
	out.Body.Credentials = []credential{}
	for _, k := range h.emulator.Keys().List() {
		out.Body.Credentials = append(out.Body.Credentials, publicCredential(k))
	}
	return out, nil
}

func (h *Handler) addCredential(_ context.Context, in *credentialInput) (*credentialOutput, error) {
	b := in.Body
	k := keyring.Key{SecretID: b.SecretID, SecretKey: b.SecretKey, AppID: b.AppID, Token: b.Token}
	if k.AppID == "" {
		k.AppID = h.options.AppID
	}
	switch {
	case k.AppID == "":
		return nil, unprocessable("body.appid", "the account (APPID) is missing")
	case b.Expires != nil && b.Token == "":
		return nil, unprocessable("body.expires", "only temporary keys expire, and those have a token")
	case b.Expires != nil:
		k.Expires = *b.Expires
	}
	if _, there := h.emulator.Keys().Get(k.SecretID); there {
		return nil, huma.Error409Conflict("there is a key pair of this id; delete it first")
	}
	if err := h.emulator.Keys().Add(k); err != nil {
		return nil, unprocessable("body", err.Error())
	}
	return &credentialOutput{publicCredential(k)}, nil
}
