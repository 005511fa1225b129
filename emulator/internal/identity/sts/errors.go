package sts

// Code is an error code of the API, the field Code of an answer (CAM docs:
// 公共错误码; tencentcloud-sdk-go sts/v20180813 errors.go).
type Code string

// The codes that all services have in common.
const (
	InvalidAuthorization Code = "AuthFailure.InvalidAuthorization"
	SecretIDNotFound     Code = "AuthFailure.SecretIdNotFound"
	SignatureExpire      Code = "AuthFailure.SignatureExpire"
	SignatureFailure     Code = "AuthFailure.SignatureFailure"
	TokenFailure         Code = "AuthFailure.TokenFailure"
	InternalError        Code = "InternalError"
	InvalidAction        Code = "InvalidAction"
	InvalidParameter     Code = "InvalidParameter"
	InvalidValue         Code = "InvalidParameterValue"
	MissingParameter     Code = "MissingParameter"
	NoSuchVersion        Code = "NoSuchVersion"
	LimitExceeded        Code = "LimitExceeded"
	SizeLimitExceeded    Code = "RequestSizeLimitExceeded"
	UnauthorizedAction   Code = "UnauthorizedOperation"
	UnknownParameter     Code = "UnknownParameter"
	UnsupportedAction    Code = "UnsupportedOperation"
	UnsupportedProtocol  Code = "UnsupportedProtocol"
)

// The codes of STS alone, as the cloud spells them.
const (
	TempKeyNotAllowed  Code = "FailedOperation.TempKeyNotAllowed"
	GrantOtherResource Code = "InvalidParameter.GrantOtherResource"
	OverTime           Code = "InvalidParameter.OverTimeError"
	ParamError         Code = "InvalidParameter.ParamError"
	PolicyTooLong      Code = "InvalidParameter.PolicyTooLong"
	ResourceError      Code = "InvalidParameter.ResouceError"
	PolicyFormatError  Code = "InvalidParameter.StrategyFormatError"
	RoleNotFound       Code = "ResourceNotFound.RoleNotFound"
)

// Error is a refusal. Its message shows neither secret nor token.
type Error struct {
	Code    Code
	Message string
}

// Error is the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// The messages are the cloud's where issues of its SDKs quote them, else our own
// (choice 277).

func missing(name string) *Error {
	return &Error{MissingParameter, "The request is missing a required parameter `" + name + "`."}
}

func unknown(name string) *Error {
	return &Error{UnknownParameter, "The parameter `" + name + "` is not recognized."}
}

func wrongType(name string) *Error {
	return &Error{InvalidParameter, "The value type of parameter `" + name + "` is not valid."}
}

func badValue(name string) *Error {
	return &Error{InvalidValue, "A value specified in `" + name + "` is not valid, is unsupported, or cannot be used."}
}

func paramError(message string) *Error { return &Error{ParamError, message} }

func signatureFailure() *Error {
	return &Error{SignatureFailure, "The provided credentials could not be validated. Please check your signature is correct."}
}
